//! Names that users write: words of a closed vocabulary, such as `holm`.

/// A type whose values have names.
pub trait Named: Copy + PartialEq + 'static {
    /// Every value with its name, in the order in which they are listed to users.
    const NAMES: &'static [(&'static str, Self)];

    /// The value of this name.
    fn from_name(name: &[u8]) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| known.as_bytes() == name).map(|&(_, value)| value)
    }

    /// The name of the value, as users write it.
    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, known)| *known == self).map_or("", |&(name, _)| name)
    }

    /// Every name there is.
    fn names() -> Vec<&'static str> {
        Self::NAMES.iter().map(|&(name, _)| name).collect()
    }
}

/// What is said of a name that no value has; `shown` is the name, fit for a message.
pub fn unknown_name<T: Named>(kind: &str, shown: impl std::fmt::Display) -> String {
    format!("unknown {kind} {shown}, must be one of {}", T::names().join(", "))
}
