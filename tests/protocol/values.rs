//! What crosses the wire, as the tests see it: values, their shapes, and the rows most tests send.

/// A function of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Inference,
    SampleRatio,
}

impl Function {
    pub const ALL: [Function; 2] = [Function::Inference, Function::SampleRatio];

    pub fn name(self) -> &'static str {
        match self {
            Function::Inference => "experimentInference",
            Function::SampleRatio => "sampleRatioMismatch",
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
        }
    }

    pub fn returns(self) -> Shape {
        match self {
            Function::Inference => Shape::Array(&Shape::Tuple(SCORE)),
            Function::SampleRatio => Shape::Tuple(RATIO),
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
    Bool,
    Array(&'static Shape),
    Tuple(&'static [Field]),
    /// From text.
    Map(&'static Shape),
}

pub const ARM: &[Field] =
    &[("variant", Shape::Text), ("n", Shape::UInt), ("sum", Shape::Float), ("sum_squares", Shape::Float)];

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
];

pub const RATIO: &[Field] = &[
    ("p_value", Shape::Float),
    ("chi_squared", Shape::Float),
    ("verdict", Shape::Text),
    ("reason", Shape::Text),
];

#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Text(Vec<u8>),
    UInt(u64),
    Float(f64),
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
    Value::Tuple(vec![text(variant), Value::UInt(n), Value::Float(sum), Value::Float(sum_squares)])
}

pub fn call(arms: Vec<Value>, aggregation: &str, options: impl AsRef<[u8]>) -> Row {
    vec![Value::Array(arms), text(aggregation), Value::Bool(false), text(options)]
}

pub fn ratio(observed: &[(&str, u64)], expected: &[(&str, f64)]) -> Row {
    let observed = observed.iter().map(|&(name, count)| (text(name), Value::UInt(count)));
    let expected = expected.iter().map(|&(name, share)| (text(name), Value::Float(share)));
    vec![Value::Map(observed.collect()), Value::Map(expected.collect())]
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
    }
}

/// `count` rows that differ.
pub fn plain_rows(function: Function, count: u64) -> Vec<Row> {
    (0..count).map(|seed| plain_row(function, seed)).collect()
}
