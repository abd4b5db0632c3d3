//! A table of metric statistics in, the same table with the scorecard's columns out.
//!
//! Rows are one per metric and variant, as `experiment_metric_stats` gives them. A metric is made of
//! the rows that agree in every column but those of the arm itself, wherever they stand.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch, StringArray, StructArray,
    new_null_array,
};
use arrow::compute::cast;
use arrow::compute::kernels::cmp::not_distinct;
use arrow::datatypes::{DataType, Field, Float64Type, Schema};
use arrow::row::{RowConverter, SortField};
use arrow::util::display::array_value_to_string;

use crate::functions::experiment_inference::{ArmMoments, ArmScore, Row};
use crate::functions::sample_ratio_mismatch::{self, SampleRatio};
use crate::functions::{ExperimentInference, Function, SampleRatioMismatch};
use crate::wire::columnar::{Cell, ColumnBuilder};
use crate::wire::value::Map;
use crate::wire::{DecodeRow, Encode, Text, Type, WireType, types};

/// A column of the arm that is not read: rows that differ in it may be of one metric.
pub const INVALID_VALUES: &str = "invalid_values";

const AGGREGATION: &str = "aggregation";
const LOWER_IS_BETTER: &str = "lower_is_better";

/// The columns of the metric that are read: arguments of the function.
pub fn metric_columns() -> impl Iterator<Item = &'static types::Field> {
    Row::TYPE.fields().iter().filter(|field| [AGGREGATION, LOWER_IS_BETTER].contains(&field.name))
}

/// The columns of the arm that are read, those that are Nullable where there are any of them: the moments that
/// the function takes.
pub fn arm_columns() -> &'static [types::Field] {
    ArmMoments::TYPE.fields()
}

/// Whether rows with different values in this column may be arms of one metric.
fn is_of_arm(name: &str) -> bool {
    name == INVALID_VALUES || arm_columns().iter().any(|field| field.name == name)
}

/// What is told of the sample ratio, as `srm_` and the name.
const SRM_FIELDS: [&str; 3] = ["p_value", "verdict", "sequential_p_value"];

/// What is asked besides the rows.
#[derive(Debug)]
pub struct Request {
    /// The options of `experimentInference`.
    pub options: String,
    /// The expected shares of `sampleRatioMismatch`.
    pub expected_shares: BTreeMap<String, f64>,
}

/// The columns that the scorecard is computed from.
struct Statistics {
    /// What [`ArmMoments`] are read from, row by row.
    arms: StructArray,
    aggregation: StringArray,
    lower_is_better: BooleanArray,
}

/// Every column of `table`, then those of the scorecard; rows stay in their order.
///
/// # Errors
/// A column that is missing or there already, a value that is not of its type, a wrong option.
pub fn score(table: &RecordBatch, request: &Request) -> Result<RecordBatch> {
    let statistics = Statistics::of(table)?;
    let mut scores: Vec<Option<(ArmScore<'_>, SampleRatio)>> = (0..table.num_rows()).map(|_| None).collect();
    let mut inference = ExperimentInference::default();
    for rows in metrics(table)? {
        let context = || format!("metric that begins in row {}", rows[0] + 1);
        let arguments = statistics.arguments(&rows, request).with_context(context)?;
        let sizes = sizes(&arguments.arms, request);
        let answers = inference.answer(arguments).with_context(context)?;
        let ratio = SampleRatioMismatch.answer(sizes).with_context(context)?;
        for (&row, answer) in rows.iter().zip(answers) {
            scores[row] = Some((answer, ratio));
        }
    }
    append_columns(table, scores.into_iter().flatten())
}

/// The rows of each metric, in the order of their first rows.
fn metrics(table: &RecordBatch) -> Result<Vec<Vec<usize>>> {
    let schema = table.schema();
    let keys: Vec<ArrayRef> = schema
        .fields()
        .iter()
        .zip(table.columns())
        .filter(|(field, _)| !is_of_arm(field.name()))
        .map(|(_, column)| column.clone())
        .collect();
    let converter =
        RowConverter::new(keys.iter().map(|key| SortField::new(key.data_type().clone())).collect())?;
    let rows = converter.convert_columns(&keys)?;
    let mut numbers = HashMap::new();
    let mut metrics: Vec<Vec<usize>> = Vec::new();
    for (index, key) in rows.iter().enumerate() {
        let number = *numbers.entry(key.owned()).or_insert(metrics.len());
        match metrics.get_mut(number) {
            Some(metric) => metric.push(index),
            None => metrics.push(vec![index]),
        }
    }
    Ok(metrics)
}

impl Statistics {
    fn of(table: &RecordBatch) -> Result<Self> {
        let arms = arm_columns().iter().map(|field| {
            let array = match field.ty {
                Type::String => column(table, field.name, &DataType::Utf8, false)?,
                Type::UInt64 => column(table, field.name, &DataType::UInt64, false)?,
                Type::NullableFloat64 if table.column_by_name(field.name).is_none() => {
                    new_null_array(&DataType::Float64, table.num_rows())
                }
                Type::NullableFloat64 => column(table, field.name, &DataType::Float64, true)?,
                _ => nulls_to_nan(&column(table, field.name, &DataType::Float64, true)?),
            };
            Ok((Arc::new(Field::new(field.name, array.data_type().clone(), true)), array))
        });
        Ok(Self {
            arms: StructArray::from(arms.collect::<Result<Vec<_>>>()?),
            aggregation: column(table, AGGREGATION, &DataType::Utf8, false)?.as_string().clone(),
            lower_is_better: column(table, LOWER_IS_BETTER, &DataType::Boolean, false)?.as_boolean().clone(),
        })
    }

    fn arguments<'a>(&'a self, rows: &[usize], request: &'a Request) -> Result<Row<'a>> {
        let arm = |&row: &usize| ArmMoments::decode_row(&mut Cell { array: &self.arms, row });
        Ok(Row {
            arms: rows.iter().map(arm).collect::<Result<_, _>>()?,
            aggregation: Text::borrowed(self.aggregation.value(rows[0]).as_bytes()),
            lower_is_better: self.lower_is_better.value(rows[0]),
            options: Text::borrowed(request.options.as_bytes()),
        })
    }
}

fn sizes<'a>(arms: &[ArmMoments<'a>], request: &'a Request) -> sample_ratio_mismatch::Row<'a> {
    let share = |(variant, share): (&'a String, &f64)| (Text::borrowed(variant.as_bytes()), *share);
    sample_ratio_mismatch::Row {
        observed: Map(arms.iter().map(|arm| (arm.variant.clone(), arm.n)).collect()),
        expected: Map(request.expected_shares.iter().map(share).collect()),
    }
}

/// A null is a NaN that the format could not carry.
fn nulls_to_nan(column: &ArrayRef) -> ArrayRef {
    let column = column.as_primitive::<Float64Type>();
    Arc::new(Float64Array::from_iter_values(column.iter().map(|value| value.unwrap_or(f64::NAN))))
}

/// The column, in the type asked for; every value that is there must have one in that type.
fn column(table: &RecordBatch, name: &str, ty: &DataType, nullable: bool) -> Result<ArrayRef> {
    let found = table.column_by_name(name).ok_or_else(|| anyhow!("column {name} is missing"))?;
    let converted = cast(found, ty).with_context(|| format!("column {name}"))?;
    // Back again, for a cast may drop a fraction or take any number for true.
    let back = cast(&converted, found.data_type()).with_context(|| format!("column {name}"))?;
    let exact = matches!(ty, DataType::UInt64 | DataType::Boolean) && found.data_type().is_numeric();
    let same = if exact { Some(not_distinct(&back, found)?) } else { None };
    for row in 0..converted.len() {
        let missing = converted.is_null(row) && !(nullable && found.is_null(row));
        if missing || same.as_ref().is_some_and(|same| !same.value(row)) {
            let value = array_value_to_string(found, row)?;
            let value = if found.is_null(row) { "null".to_string() } else { format!("{value:?}") };
            bail!("row {}: column {name}: expected {ty}, found {value}", row + 1);
        }
    }
    Ok(converted)
}

fn append_columns<'a>(
    table: &RecordBatch,
    scores: impl Iterator<Item = (ArmScore<'a>, SampleRatio)>,
) -> Result<RecordBatch> {
    let mut inference = ColumnBuilder::new(&ArmScore::TYPE);
    let mut ratio = ColumnBuilder::new(&SampleRatio::TYPE);
    for (arm_score, sample_ratio) in scores {
        arm_score.encode(&mut inference);
        sample_ratio.encode(&mut ratio);
    }
    let mut fields: Vec<Arc<Field>> = table.schema().fields().iter().cloned().collect();
    let mut columns = table.columns().to_vec();
    let mut append = |name: &str, ty: &Type, column: &ArrayRef| -> Result<()> {
        if table.column_by_name(name).is_some() {
            bail!("column {name} is there already, but it is a column of the result");
        }
        let column = match column.data_type() {
            DataType::Binary => cast(column, &DataType::Utf8)?,
            _ => column.clone(),
        };
        fields.push(Arc::new(Field::new(name, column.data_type().clone(), *ty == Type::NullableFloat64)));
        columns.push(column);
        Ok(())
    };
    // The order of the view: what was added to a function later stands behind what was there before.
    let (inference, ratio) = (inference.finish(), ratio.finish());
    let scores = ArmScore::TYPE.fields().iter().zip(inference.as_struct().columns());
    let ratios = SampleRatio::TYPE.fields().iter().zip(ratio.as_struct().columns());
    let up_to_reason =
        |fields: &[types::Field]| fields.iter().take_while(|field| field.name != "reason").count() + 1;
    let (first_scores, first_ratios) =
        (up_to_reason(ArmScore::TYPE.fields()), up_to_reason(SampleRatio::TYPE.fields()));
    let (scores, ratios): (Vec<_>, Vec<_>) = (scores.collect(), ratios.collect());
    let (first_scores, later_scores) = scores.split_at(first_scores);
    let (first_ratios, later_ratios) = ratios.split_at(first_ratios);
    for (scores, ratios) in [(first_scores, first_ratios), (later_scores, later_ratios)] {
        for (field, column) in scores.iter().filter(|(field, _)| !is_of_arm(field.name)) {
            append(field.name, &field.ty, column)?;
        }
        for (field, column) in ratios.iter().filter(|(field, _)| SRM_FIELDS.contains(&field.name)) {
            append(&format!("srm_{}", field.name), &field.ty, column)?;
        }
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}
