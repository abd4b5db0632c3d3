//! The table of types of metrics: each once, with its word, its meaning and what later stages must know of it.
//!
//! Files, their schema, the reference, the plan and the inference read it. An entry that lacks anything does not compile.

use crate::inference;
use crate::names::Named;

/// What is needed of the value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    Nothing,
    Number,
    Text,
}

/// What the table says of an aggregation.
struct Entry {
    word: &'static str,
    meaning: &'static str,
    reads: Reads,
    inferred_as: inference::Aggregation,
}

/// Declares the types: the aggregations, each of which is a type, and those that are none.
///
/// The doc comment of a type is its text in the reference and in editors, so every type has exactly one line.
macro_rules! types {
    (
        aggregations {
            $(#[doc = $doc:literal] $name:ident = $word:literal, reads $reads:ident, inferred as $inferred:ident;)*
        }
        others { $(#[doc = $other_doc:literal] $other:ident = $other_word:literal;)* }
    ) => {
        /// How the rows of an identity become its value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Aggregation {
            $(#[doc = $doc] $name,)*
        }

        impl Named for Aggregation {
            const NAMES: &'static [(&'static str, Self)] = &[$(($word, Aggregation::$name),)*];
        }

        impl Aggregation {
            const fn entry(self) -> Entry {
                match self {
                    $(Aggregation::$name => Entry {
                        word: $word,
                        meaning: $doc,
                        reads: Reads::$reads,
                        inferred_as: inference::Aggregation::$inferred,
                    },)*
                }
            }
        }

        /// The type of a metric.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Type {
            /// One value per identity.
            Value(Aggregation),
            $(#[doc = $other_doc] $other,)*
        }

        impl Named for Type {
            const NAMES: &'static [(&'static str, Self)] = &[
                $(($word, Type::Value(Aggregation::$name)),)*
                $(($other_word, Type::$other),)*
            ];
        }

        impl Type {
            /// What the value of an identity is, in words.
            pub fn meaning(self) -> &'static str {
                match self {
                    Type::Value(aggregation) => aggregation.meaning(),
                    $(Type::$other => $other_doc.trim_ascii(),)*
                }
            }
        }
    };
}

types! {
    aggregations {
        /// 1 if there is a row, else 0
        Occurrence = "occurrence", reads Nothing, inferred as Occurrence;
        /// the number of rows
        Count = "count", reads Nothing, inferred as Count;
        /// the total of their values
        Sum = "sum", reads Number, inferred as Sum;
        /// the average of their values
        Mean = "mean", reads Number, inferred as Sum;
        /// the smallest finite value
        Min = "min", reads Number, inferred as Sum;
        /// the largest finite value
        Max = "max", reads Number, inferred as Sum;
        /// the finite value with the smallest timestamp; of several at one instant the smallest
        First = "first", reads Number, inferred as Sum;
        /// the finite value with the largest timestamp; of several at one instant the smallest
        Last = "last", reads Number, inferred as Sum;
        /// the number of different texts of `value`
        CountDistinct = "count_distinct", reads Text, inferred as Sum;
        /// the number of different UTC days with a row
        ActiveDays = "active_days", reads Nothing, inferred as Sum;
    }
    others {
        /// two values, numerator and denominator; the arm's number is the ratio of their sums
        Ratio = "ratio";
        /// of `unit: identity`, that of the aggregation; the arm's number is the quantile
        Quantile = "quantile";
        /// 1 if there are rows of all steps in strict order, else 0
        Funnel = "funnel";
    }
}

impl Aggregation {
    /// The word for it.
    pub fn name(self) -> &'static str {
        self.entry().word
    }

    /// What the value of an identity is, in words.
    pub fn meaning(self) -> &'static str {
        self.entry().meaning.trim_ascii()
    }

    /// What it needs of the rows' values.
    pub fn reads(self) -> Reads {
        self.entry().reads
    }

    /// As what `experimentInference` takes its values.
    pub fn inferred_as(self) -> inference::Aggregation {
        self.entry().inferred_as
    }

    /// Whether its values are 0 and 1 alone, which need no bounds.
    pub fn is_binary(self) -> bool {
        self.inferred_as() == inference::Aggregation::Occurrence
    }
}
