//! ClickHouse types as far as Scorecard uses them, and their names.

use std::fmt;

/// A ClickHouse type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Type {
    String,
    UInt64,
    Float64,
    Bool,
    NullableFloat64,
    Array(&'static Type),
    /// A map from String.
    Map(&'static Type),
    Tuple(&'static [Field]),
}

/// A named element of a tuple or a named argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    pub name: &'static str,
    pub ty: Type,
    /// What it means, with its unit: the text of the reference.
    pub doc: &'static str,
}

impl Type {
    /// The fields of a tuple, or of the tuples in an array; none for any other type.
    pub fn fields(&self) -> &'static [Field] {
        match self {
            Type::Tuple(fields) => fields,
            Type::Array(element) => element.fields(),
            _ => &[],
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::String => f.write_str("String"),
            Type::UInt64 => f.write_str("UInt64"),
            Type::Float64 => f.write_str("Float64"),
            Type::Bool => f.write_str("Bool"),
            Type::NullableFloat64 => f.write_str("Nullable(Float64)"),
            Type::Array(element) => write!(f, "Array({element})"),
            Type::Map(value) => write!(f, "Map(String, {value})"),
            Type::Tuple(fields) => {
                f.write_str("Tuple(")?;
                for (index, field) in fields.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{} {}", field.name, field.ty)?;
                }
                f.write_str(")")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_shown_as_clickhouse_writes_it() {
        const FIELDS: &[Field] = &[
            Field { name: "variant", ty: Type::String, doc: "" },
            Field { name: "lift", ty: Type::NullableFloat64, doc: "" },
        ];
        assert_eq!(
            Type::Array(&Type::Tuple(FIELDS)).to_string(),
            "Array(Tuple(variant String, lift Nullable(Float64)))"
        );
        assert_eq!(Type::Map(&Type::UInt64).to_string(), "Map(String, UInt64)");
    }
}
