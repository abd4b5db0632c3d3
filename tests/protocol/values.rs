//! What crosses the wire, as the tests see it: values, their shapes, and the rows most tests send.

/// A function of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Inference,
    SampleRatio,
    AdjustPValues,
    SampleSize,
    Power,
}

impl Function {
    pub const ALL: [Function; 5] = [
        Function::Inference,
        Function::SampleRatio,
        Function::AdjustPValues,
        Function::SampleSize,
        Function::Power,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Function::Inference => "experimentInference",
            Function::SampleRatio => "sampleRatioMismatch",
            Function::AdjustPValues => "adjustPValues",
            Function::SampleSize => "experimentSampleSize",
            Function::Power => "experimentPower",
        }
    }

    /// Names and shapes of the arguments.
    pub fn arguments(self) -> &'static [Field] {
        match self {
            Function::Inference => &[
                ("arms", Shape::Array(&Shape::Tuple(ARM))),
                ("aggregation", Shape::Text),
                ("lower_is_better", Shape::Bool),
                ("options", Shape::Text),
            ],
            Function::SampleRatio => {
                &[("observed", Shape::Map(&Shape::UInt)), ("expected", Shape::Map(&Shape::Float))]
            }
            Function::AdjustPValues => {
                &[("p_values", Shape::Array(&Shape::Nullable)), ("method", Shape::Text)]
            }
            Function::SampleSize => &[
                ("mean", Shape::Float),
                ("variance", Shape::Nullable),
                ("minimum_effect", Shape::Float),
                ("options", Shape::Text),
            ],
            Function::Power => &[
                ("mean", Shape::Float),
                ("variance", Shape::Nullable),
                ("minimum_effect", Shape::Float),
                ("identities", Shape::UInt),
                ("options", Shape::Text),
            ],
        }
    }

    pub fn returns(self) -> Shape {
        match self {
            Function::Inference => Shape::Array(&Shape::Tuple(SCORE)),
            Function::SampleRatio => Shape::Tuple(RATIO),
            Function::AdjustPValues => Shape::Array(&Shape::Float),
            Function::SampleSize => Shape::Tuple(SIZE),
            Function::Power => Shape::Tuple(POWER),
        }
    }
}

pub type Field = (&'static str, Shape);

/// What a value is made of, as DESIGN and README declare it.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    Text,
    UInt,
    /// Nullable in answers.
    Float,
    /// A Nullable(Float64) argument.
    Nullable,
    Bool,
    Array(&'static Shape),
    Tuple(&'static [Field]),
    /// From text.
    Map(&'static Shape),
}

pub const ARM: &[Field] = &[
    ("variant", Shape::Text),
    ("n", Shape::UInt),
    ("sum", Shape::Float),
    ("sum_squares", Shape::Float),
    ("denominator_sum", Shape::Nullable),
    ("denominator_sum_squares", Shape::Nullable),
    ("denominator_product", Shape::Nullable),
    ("covariate_sum", Shape::Nullable),
    ("covariate_sum_squares", Shape::Nullable),
    ("covariate_product", Shape::Nullable),
    ("quantile", Shape::Nullable),
    ("quantile_standard_error", Shape::Nullable),
];

pub const SCORE: &[Field] = &[
    ("variant", Shape::Text),
    ("is_control", Shape::Bool),
    ("n", Shape::UInt),
    ("mean", Shape::Float),
    ("variance", Shape::Float),
    ("lift", Shape::Float),
    ("ci_low", Shape::Float),
    ("ci_high", Shape::Float),
    ("chance_to_win", Shape::Float),
    ("verdict", Shape::Text),
    ("reason", Shape::Text),
    ("standard_error", Shape::Float),
    ("expected_loss", Shape::Float),
    ("difference", Shape::Float),
    ("difference_ci_low", Shape::Float),
    ("difference_ci_high", Shape::Float),
    ("p_value", Shape::Float),
    ("p_value_adjusted", Shape::Float),
    ("anytime_ci_low", Shape::Float),
    ("anytime_ci_high", Shape::Float),
    ("anytime_p_value", Shape::Float),
    ("chance_to_be_best", Shape::Float),
    ("minimum_detectable_effect", Shape::Float),
    ("mean_adjusted", Shape::Float),
    ("variance_adjusted", Shape::Float),
    ("variance_reduction", Shape::Float),
    ("chance_to_be_non_inferior", Shape::Float),
    ("caution", Shape::Text),
    ("anytime_reason", Shape::Text),
];

pub const RATIO: &[Field] = &[
    ("p_value", Shape::Float),
    ("chi_squared", Shape::Float),
    ("verdict", Shape::Text),
    ("reason", Shape::Text),
    ("sequential_p_value", Shape::Float),
];

pub const SIZE: &[Field] = &[
    ("control", Shape::Float),
    ("treatment", Shape::Float),
    ("total", Shape::Float),
    ("reason", Shape::Text),
];

pub const POWER: &[Field] = &[("power", Shape::Float), ("reason", Shape::Text)];

#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Text(Vec<u8>),
    UInt(u64),
    Float(f64),
    /// A Nullable(Float64) argument.
    Nullable(Option<f64>),
    Bool(bool),
    Array(Vec<Value>),
    Tuple(Vec<Value>),
    Map(Vec<(Value, Value)>),
    /// Bytes that go into the stream as they are.
    Raw(Vec<u8>),
}

/// Equal when nobody could tell them apart: floats by their bits.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        use Value::*;
        match (self, other) {
            (Null, Null) => true,
            (Text(a), Text(b)) | (Raw(a), Raw(b)) => a == b,
            (UInt(a), UInt(b)) => a == b,
            (Float(a), Float(b)) => a.to_bits() == b.to_bits(),
            (Nullable(a), Nullable(b)) => a.map(f64::to_bits) == b.map(f64::to_bits),
            (Bool(a), Bool(b)) => a == b,
            (Array(a), Array(b)) | (Tuple(a), Tuple(b)) => a == b,
            (Map(a), Map(b)) => a == b,
            _ => false,
        }
    }
}

/// The arguments of one call.
pub type Row = Vec<Value>;

impl Value {
    pub fn elements(&self) -> &[Value] {
        match self {
            Value::Array(elements) | Value::Tuple(elements) => elements,
            other => panic!("{other:?} has no elements"),
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Value::Text(bytes) => std::str::from_utf8(bytes).expect("UTF-8"),
            other => panic!("{other:?} is no text"),
        }
    }

    pub fn float(&self) -> Option<f64> {
        match self {
            Value::Float(number) => Some(*number),
            Value::Nullable(number) => *number,
            Value::Null => None,
            other => panic!("{other:?} is no number"),
        }
    }

    /// The field of an arm's score.
    #[track_caller]
    pub fn score(&self, name: &str) -> &Value {
        let index = SCORE.iter().position(|(field, _)| *field == name).expect("a field of a score");
        &self.elements()[index]
    }
}

pub fn text(value: impl AsRef<[u8]>) -> Value {
    Value::Text(value.as_ref().to_vec())
}

pub fn raw(bytes: impl AsRef<[u8]>) -> Value {
    Value::Raw(bytes.as_ref().to_vec())
}

pub fn arm(variant: impl AsRef<[u8]>, n: u64, sum: f64, sum_squares: f64) -> Value {
    arm_with(variant, n, [sum, sum_squares], [None; 3], [None; 3])
}

/// An arm with moments of a denominator and of a covariate: sum, sum of squares, sum of products.
pub fn arm_with(
    variant: impl AsRef<[u8]>,
    n: u64,
    moments: [f64; 2],
    denominator: [Option<f64>; 3],
    covariate: [Option<f64>; 3],
) -> Value {
    let mut fields = vec![text(variant), Value::UInt(n)];
    fields.extend(moments.map(Value::Float));
    fields.extend(denominator.into_iter().chain(covariate).chain([None; 2]).map(Value::Nullable));
    Value::Tuple(fields)
}

/// An arm of a quantile metric. Its sums are not read.
pub fn quantile_arm(variant: &str, n: u64, quantile: Option<f64>, standard_error: Option<f64>) -> Value {
    let Value::Tuple(mut fields) = arm(variant, n, f64::NAN, -1.0) else { unreachable!("an arm") };
    fields.truncate(ARM.len() - 2);
    fields.extend([quantile, standard_error].map(Value::Nullable));
    Value::Tuple(fields)
}

pub fn call(arms: Vec<Value>, aggregation: &str, options: impl AsRef<[u8]>) -> Row {
    vec![Value::Array(arms), text(aggregation), Value::Bool(false), text(options)]
}

pub fn ratio(observed: &[(&str, u64)], expected: &[(&str, f64)]) -> Row {
    let observed = observed.iter().map(|&(name, count)| (text(name), Value::UInt(count)));
    let expected = expected.iter().map(|&(name, share)| (text(name), Value::Float(share)));
    vec![Value::Map(observed.collect()), Value::Map(expected.collect())]
}

pub fn p_values(p_values: &[Option<f64>], method: &str) -> Row {
    vec![Value::Array(p_values.iter().copied().map(Value::Nullable).collect()), text(method)]
}

pub fn sample_size(mean: f64, variance: Option<f64>, effect: f64, options: &str) -> Row {
    vec![Value::Float(mean), Value::Nullable(variance), Value::Float(effect), text(options)]
}

pub fn power(mean: f64, variance: Option<f64>, effect: f64, identities: u64, options: &str) -> Row {
    let mut row = sample_size(mean, variance, effect, options);
    row.insert(3, Value::UInt(identities));
    row
}

/// A row with two arms and an answer without reasons; every seed gives another.
pub fn plain_row(function: Function, seed: u64) -> Row {
    match function {
        Function::Inference => call(
            vec![arm("control", 1000 + seed, 100.0, 100.0), arm("b", 1100, 130.0 + seed as f64 / 8.0, 150.5)],
            "count",
            "",
        ),
        Function::SampleRatio => ratio(&[("a", 1000 + seed), ("b", 1010)], &[("a", 0.5), ("b", 0.5)]),
        Function::AdjustPValues => p_values(&[Some(1.0 / (2.0 + seed as f64)), None, Some(0.04)], "holm"),
        Function::SampleSize => sample_size(10.0 + seed as f64, Some(4.5), 0.05, ""),
        Function::Power => power(0.1, None, 0.05, 1000 + seed, r#"{"proportion": true}"#),
    }
}

/// `count` rows that differ.
pub fn plain_rows(function: Function, count: u64) -> Vec<Row> {
    (0..count).map(|seed| plain_row(function, seed)).collect()
}
