//! Arrow arrays as a source of values and as a place to collect them.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::array::{Array, ArrayRef, ListArray, StructArray};
use arrow::array::{BinaryBuilder, BooleanBuilder, Float64Builder, UInt64Builder};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType;
use arrow::datatypes::{Float64Type, UInt64Type};

use super::value::{Text, ValueError};
use super::{Field, Reader, Type, Writer};

/// One value of an array: row number `row`.
pub struct Cell<'a> {
    pub array: &'a dyn Array,
    pub row: usize,
}

impl<'a> Cell<'a> {
    fn mismatch(&self, expected: &Type) -> ValueError {
        self.mismatch_with(&expected.to_string())
    }

    fn mismatch_with(&self, expected: &str) -> ValueError {
        let found = match self.array.is_null(self.row) {
            true => "null".to_string(),
            false => format!("Arrow's {}", self.array.data_type()),
        };
        ValueError::new(format!("expected {expected}, found {found}"))
    }

    /// `value` of this cell if it is there and not null.
    fn present<T>(&self, expected: &Type, value: Option<T>) -> Result<T, ValueError> {
        value.filter(|_| self.array.is_valid(self.row)).ok_or_else(|| self.mismatch(expected))
    }
}

/// Where the elements of list or map number `row` stand among all of them.
fn span(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    // Arrow promises offsets that are not negative and ascend.
    offsets[row] as usize..offsets[row + 1] as usize
}

impl<'a> Reader<'a> for Cell<'a> {
    fn string(&mut self) -> Result<Text<'a>, ValueError> {
        let (array, row) = (self.array, self.row);
        let bytes = match array.data_type() {
            DataType::Utf8 => Some(array.as_string::<i32>().value(row).as_bytes()),
            DataType::LargeUtf8 => Some(array.as_string::<i64>().value(row).as_bytes()),
            DataType::Binary => Some(array.as_binary::<i32>().value(row)),
            DataType::LargeBinary => Some(array.as_binary::<i64>().value(row)),
            _ => None,
        };
        self.present(&Type::String, bytes).map(Text::borrowed)
    }

    fn uint64(&mut self) -> Result<u64, ValueError> {
        let value = self.array.as_primitive_opt::<UInt64Type>().map(|a| a.value(self.row));
        self.present(&Type::UInt64, value)
    }

    fn float64(&mut self) -> Result<f64, ValueError> {
        let value = self.array.as_primitive_opt::<Float64Type>().map(|a| a.value(self.row));
        self.present(&Type::Float64, value)
    }

    fn boolean(&mut self) -> Result<bool, ValueError> {
        let value = self.array.as_boolean_opt().map(|a| a.value(self.row));
        self.present(&Type::Bool, value)
    }

    fn nullable_float64(&mut self) -> Result<Option<f64>, ValueError> {
        let column = self.array.as_primitive_opt::<Float64Type>();
        let column = column.ok_or_else(|| self.mismatch(&Type::NullableFloat64))?;
        Ok(column.is_valid(self.row).then(|| column.value(self.row)))
    }

    fn array<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<T, ValueError>,
    ) -> Result<Vec<T>, ValueError> {
        let list = self.array.as_list_opt::<i32>().filter(|list| list.is_valid(self.row));
        let list = list.ok_or_else(|| self.mismatch_with("a list"))?;
        let values: &'a dyn Array = list.values().as_ref();
        let rows = span(list.value_offsets(), self.row).enumerate();
        rows.map(|(index, row)| {
            element(&mut Cell { array: values, row }).map_err(|error| error.in_element(index))
        })
        .collect()
    }

    fn map<T>(
        &mut self,
        mut value: impl FnMut(&mut Self) -> Result<T, ValueError>,
    ) -> Result<Vec<(Text<'a>, T)>, ValueError> {
        let map = self.array.as_map_opt().filter(|map| map.is_valid(self.row));
        let map = map.ok_or_else(|| self.mismatch_with("a map"))?;
        let (keys, values): (&'a dyn Array, &'a dyn Array) = (map.keys().as_ref(), map.values().as_ref());
        let rows = span(map.value_offsets(), self.row).enumerate();
        rows.map(|(index, row)| {
            let key = Cell { array: keys, row }.string();
            key.and_then(|key| Ok((key, value(&mut Cell { array: values, row })?)))
                .map_err(|error| error.in_element(index))
        })
        .collect()
    }

    fn tuple<T>(&mut self, fields: impl FnOnce(&mut Self) -> Result<T, ValueError>) -> Result<T, ValueError> {
        fields(self)
    }

    fn field<T>(
        &mut self,
        _index: usize,
        name: &'static str,
        value: impl FnOnce(&mut Self) -> Result<T, ValueError>,
    ) -> Result<T, ValueError> {
        let fields = self.array.as_struct_opt().filter(|fields| fields.is_valid(self.row));
        let fields = fields.ok_or_else(|| self.mismatch_with("a struct"))?;
        let column = fields.column_by_name(name);
        let column = column.ok_or_else(|| ValueError::new("the column is missing"))?;
        value(&mut Cell { array: column.as_ref(), row: self.row })
    }
}

/// A growing array of values of one type.
pub enum ColumnBuilder {
    String(BinaryBuilder),
    UInt64(UInt64Builder),
    Float64(Float64Builder),
    Bool(BooleanBuilder),
    List { lengths: Vec<usize>, elements: Box<ColumnBuilder> },
    Struct { fields: &'static [Field], columns: Vec<ColumnBuilder> },
}

impl ColumnBuilder {
    pub fn new(ty: &Type) -> Self {
        match ty {
            Type::String => Self::String(BinaryBuilder::new()),
            Type::UInt64 => Self::UInt64(UInt64Builder::new()),
            Type::NullableFloat64 => Self::Float64(Float64Builder::new()),
            Type::Bool => Self::Bool(BooleanBuilder::new()),
            Type::Array(element) => {
                Self::List { lengths: Vec::new(), elements: Box::new(Self::new(element)) }
            }
            Type::Float64 | Type::Map(_) => unreachable!("no answer holds a {ty}"),
            Type::Tuple(fields) => {
                let columns = fields.iter().map(|field| Self::new(&field.ty)).collect();
                Self::Struct { fields, columns }
            }
        }
    }

    pub fn finish(self) -> ArrayRef {
        match self {
            Self::String(mut builder) => Arc::new(builder.finish()),
            Self::UInt64(mut builder) => Arc::new(builder.finish()),
            Self::Float64(mut builder) => Arc::new(builder.finish()),
            Self::Bool(mut builder) => Arc::new(builder.finish()),
            Self::List { lengths, elements } => {
                let values = elements.finish();
                let item = arrow::datatypes::Field::new("item", values.data_type().clone(), true);
                Arc::new(ListArray::new(Arc::new(item), OffsetBuffer::from_lengths(lengths), values, None))
            }
            Self::Struct { fields, columns } => {
                let arrays: Vec<ArrayRef> = columns.into_iter().map(Self::finish).collect();
                let named = fields.iter().zip(&arrays).map(|(field, array)| {
                    arrow::datatypes::Field::new(field.name, array.data_type().clone(), true)
                });
                Arc::new(StructArray::new(named.collect(), arrays, None))
            }
        }
    }
}

/// What an encoder does wrong if it writes a value of another type than it declares.
const TYPE_MISMATCH: &str = "a value is written into a column of another type";

impl Writer for ColumnBuilder {
    fn string(&mut self, value: &[u8]) {
        match self {
            Self::String(builder) => builder.append_value(value),
            _ => unreachable!("{TYPE_MISMATCH}"),
        }
    }

    fn uint64(&mut self, value: u64) {
        match self {
            Self::UInt64(builder) => builder.append_value(value),
            _ => unreachable!("{TYPE_MISMATCH}"),
        }
    }

    fn boolean(&mut self, value: bool) {
        match self {
            Self::Bool(builder) => builder.append_value(value),
            _ => unreachable!("{TYPE_MISMATCH}"),
        }
    }

    fn nullable_float64(&mut self, value: Option<f64>) {
        match self {
            Self::Float64(builder) => builder.append_option(value),
            _ => unreachable!("{TYPE_MISMATCH}"),
        }
    }

    fn array<T>(&mut self, values: &[T], mut element: impl FnMut(&mut Self, &T)) {
        match self {
            Self::List { lengths, elements } => {
                lengths.push(values.len());
                for value in values {
                    element(elements, value);
                }
            }
            _ => unreachable!("{TYPE_MISMATCH}"),
        }
    }

    fn tuple(&mut self, fields: impl FnOnce(&mut Self)) {
        fields(self);
    }

    fn field(&mut self, index: usize, _name: &'static str, value: impl FnOnce(&mut Self)) {
        match self {
            Self::Struct { columns, .. } => value(&mut columns[index]),
            _ => unreachable!("{TYPE_MISMATCH}"),
        }
    }
}
