//! Structs that are ClickHouse tuples: one declaration gives the struct, its type and its codec.
//!
//! The doc comment of a field is its text in the reference, so every field has exactly one line.

/// Declares a struct and the tuple that it is in ClickHouse.
macro_rules! tuple {
    (
        $(#[$outer:meta])*
        pub struct $name:ident $(<$life:lifetime>)? {
            $(#[doc = $doc:literal] pub $field:ident: $ty:ty,)*
        }
    ) => {
        $(#[$outer])*
        pub struct $name $(<$life>)? {
            $(#[doc = $doc] pub $field: $ty,)*
        }

        impl $(<$life>)? $crate::wire::WireType for $name $(<$life>)? {
            const TYPE: $crate::wire::Type = $crate::wire::Type::Tuple(&[$(
                $crate::wire::Field {
                    name: stringify!($field),
                    ty: <$ty as $crate::wire::WireType>::TYPE,
                    doc: $doc.trim_ascii(),
                },
            )*]);
        }
    };
}

/// Declares a struct that is read from the wire, as a tuple or as the arguments of a call.
macro_rules! decode_tuple {
    (
        $(#[$outer:meta])*
        pub struct $name:ident<$life:lifetime> {
            $(#[doc = $doc:literal] pub $field:ident: $ty:ty,)*
        }
    ) => {
        $crate::wire::tuple! {
            $(#[$outer])*
            pub struct $name<$life> {
                $(#[doc = $doc] pub $field: $ty,)*
            }
        }

        impl<$life> $crate::wire::DecodeRow<$life> for $name<$life> {
            fn decode_row<R: $crate::wire::Reader<$life>>(
                reader: &mut R,
            ) -> Result<Self, $crate::wire::ValueError> {
                let mut next = 0;
                $(
                    let index = next;
                    next += 1;
                    let $field = reader
                        .field(index, stringify!($field), <$ty as $crate::wire::Decode<$life>>::decode)
                        .map_err(|error| error.in_field(stringify!($field)))?;
                )*
                let _ = next;
                Ok(Self { $($field,)* })
            }
        }

        impl<$life> $crate::wire::Decode<$life> for $name<$life> {
            fn decode<R: $crate::wire::Reader<$life>>(
                reader: &mut R,
            ) -> Result<Self, $crate::wire::ValueError> {
                reader.tuple(<Self as $crate::wire::DecodeRow<$life>>::decode_row)
            }
        }
    };
}

/// Declares a struct that is written to the wire as a tuple.
macro_rules! encode_tuple {
    (
        $(#[$outer:meta])*
        pub struct $name:ident $(<$life:lifetime>)? {
            $(#[doc = $doc:literal] pub $field:ident: $ty:ty,)*
        }
    ) => {
        $crate::wire::tuple! {
            $(#[$outer])*
            pub struct $name $(<$life>)? {
                $(#[doc = $doc] pub $field: $ty,)*
            }
        }

        impl $(<$life>)? $crate::wire::Encode for $name $(<$life>)? {
            fn encode<W: $crate::wire::Writer>(&self, writer: &mut W) {
                writer.tuple(|writer| {
                    let mut next = 0;
                    $(
                        let index = next;
                        next += 1;
                        writer.field(index, stringify!($field), |writer| {
                            $crate::wire::Encode::encode(&self.$field, writer)
                        });
                    )*
                    let _ = next;
                });
            }
        }
    };
}

pub(crate) use {decode_tuple, encode_tuple, tuple};
