//! What a plain text means in YAML 1.2 (its core schema, a superset of JSON): `on`, `yes`, `2026-03-01` are
//! texts; `1e3`, `0x1F`, `0o17`, `.5` are numbers; `~` and nothing at all are null.

use serde_json::{Map, Number, Value};

use super::words::shown;
use super::yaml::{Content, Node};

/// The meaning of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(&'a str),
}

impl Node {
    /// None when this is a list, an object or broken.
    pub fn scalar(&self) -> Option<Scalar<'_>> {
        match &self.content {
            Content::Scalar { text, plain: true } => Some(meaning(text)),
            Content::Scalar { text, plain: false } => Some(Scalar::Text(text)),
            Content::List(_) | Content::Object(_) | Content::Broken => None,
        }
    }

    pub fn is_null(&self) -> bool {
        self.scalar() == Some(Scalar::Null)
    }

    /// What a message says that was found; None when it is told already what is wrong.
    pub fn found(&self) -> Option<String> {
        let written = match &self.content {
            Content::Scalar { text, .. } => text,
            Content::List(_) => return Some("a list".to_string()),
            Content::Object(_) => return Some("an object".to_string()),
            Content::Broken => return None,
        };
        Some(match self.scalar()? {
            Scalar::Null => "nothing (null)".to_string(),
            Scalar::Bool(value) => value.to_string(),
            Scalar::Integer(_) | Scalar::Float(_) => format!("the number {written}"),
            Scalar::Text(text) => format!("the text {}", shown(text)),
        })
    }

    /// The value as JSON; the node that JSON cannot hold otherwise.
    pub fn to_json(&self) -> Result<Value, &Node> {
        match &self.content {
            Content::List(items) => {
                items.iter().map(Node::to_json).collect::<Result<_, _>>().map(Value::Array)
            }
            Content::Object(entries) => {
                let mut object = Map::new();
                for (key, value) in entries {
                    let Content::Scalar { text, .. } = &key.content else { return Err(key) };
                    object.insert(text.clone(), value.to_json()?);
                }
                Ok(Value::Object(object))
            }
            Content::Scalar { .. } | Content::Broken => match self.scalar() {
                None => Err(self),
                Some(Scalar::Null) => Ok(Value::Null),
                Some(Scalar::Bool(value)) => Ok(Value::Bool(value)),
                Some(Scalar::Integer(value)) => Ok(Value::Number(value.into())),
                Some(Scalar::Float(value)) => Number::from_f64(value).map(Value::Number).ok_or(self),
                Some(Scalar::Text(text)) => Ok(Value::String(text.to_string())),
            },
        }
    }
}

fn meaning(text: &str) -> Scalar<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        _ => number(text).unwrap_or(Scalar::Text(text)),
    }
}

fn number(text: &str) -> Option<Scalar<'_>> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            return i64::from_str_radix(digits, radix).ok().map(Scalar::Integer);
        }
    }
    let (sign, unsigned) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Some(Scalar::Float(sign * f64::INFINITY));
    }
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent));
    if !is_number {
        return None;
    }
    if exponent.is_none()
        && !mantissa.contains('.')
        && let Ok(value) = text.parse()
    {
        return Some(Scalar::Integer(value));
    }
    text.parse().ok().map(Scalar::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_texts_mean_what_yaml_1_2_says() {
        for text in ["", "~", "null"] {
            assert_eq!(meaning(text), Scalar::Null, "{text}");
        }
        for text in ["on", "off", "yes", "no", "y", "n", "2026-03-01", "1_000", "1:30", "0x", "0xG", "0o8"] {
            assert_eq!(meaning(text), Scalar::Text(text), "{text}");
        }
        for text in
            ["-", "+", ".", "-.", "e3", "1e", "1e+", "+-5", "0x-1", "1.2.3", "inf", "nan", "infinity", "1d"]
        {
            assert_eq!(meaning(text), Scalar::Text(text), "{text}");
        }
        for (text, value) in [("0x1F", 31), ("0o17", 15), ("017", 17), ("-3", -3), ("+3", 3), ("0", 0)] {
            assert_eq!(meaning(text), Scalar::Integer(value), "{text}");
        }
        for (text, value) in [
            ("1e3", 1e3),
            (".5", 0.5),
            ("1.", 1.0),
            ("-0.25", -0.25),
            ("1E-2", 0.01),
            ("-.inf", f64::NEG_INFINITY),
        ] {
            assert_eq!(meaning(text), Scalar::Float(value), "{text}");
        }
        assert_eq!(meaning("99999999999999999999"), Scalar::Float(1e20));
        assert_eq!(meaning("1e999"), Scalar::Float(f64::INFINITY));
        assert_eq!(meaning("True"), Scalar::Bool(true));
    }
}
