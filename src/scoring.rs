//! A table of metric statistics in, the same table with the scorecard's columns out.
//!
//! Rows are one per metric and variant, as `experiment_metric_stats` gives them. A metric is made of
//! the rows that agree in every column but those of the arm itself, wherever they stand.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray, UInt64Array};
use arrow_cast::cast;
use arrow_cast::display::array_value_to_string;
use arrow_ord::cmp::not_distinct;
use arrow_row::{RowConverter, SortField};
use arrow_schema::{DataType, Field, Schema};

use crate::functions::experiment_inference::{ArmMoments, ArmScore, Row};
use crate::functions::sample_ratio_mismatch::{self, SampleRatio};
use crate::functions::{ExperimentInference, Function, SampleRatioMismatch};
use crate::wire::columnar::ColumnBuilder;
use crate::wire::value::Map;
use crate::wire::{Encode, Text, Type, WireType, types};

/// The columns that differ between the arms of one metric.
const ARM_COLUMNS: [&str; 11] = [
    "variant",
    "n",
    "sum",
    "sum_squares",
    "invalid_values",
    "denominator_sum",
    "denominator_sum_squares",
    "denominator_product",
    "covariate_sum",
    "covariate_sum_squares",
    "covariate_product",
];

/// The arm's columns that may be missing.
const OPTIONAL: [&str; 6] = [
    "denominator_sum",
    "denominator_sum_squares",
    "denominator_product",
    "covariate_sum",
    "covariate_sum_squares",
    "covariate_product",
];

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
    variant: StringArray,
    n: UInt64Array,
    sum: Float64Array,
    sum_squares: Float64Array,
    /// Moments that a table need not have, in the order of [`OPTIONAL`].
    optional: [Option<Float64Array>; 6],
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
        let answers = inference.answer(statistics.arguments(&rows, request)).with_context(context)?;
        let ratio = SampleRatioMismatch.answer(statistics.sizes(&rows, request)).with_context(context)?;
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
        .filter(|(field, _)| !ARM_COLUMNS.contains(&field.name().as_str()))
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
        let text =
            |name| Ok::<_, anyhow::Error>(column(table, name, &DataType::Utf8, false)?.as_string().clone());
        let number = |name| {
            Ok::<_, anyhow::Error>(
                column(table, name, &DataType::Float64, true)?.as_primitive::<Float64Type>().clone(),
            )
        };
        let mut optional = [const { None }; 6];
        for (place, name) in optional.iter_mut().zip(OPTIONAL) {
            *place = table.column_by_name(name).map(|_| number(name)).transpose()?;
        }
        Ok(Self {
            variant: text("variant")?,
            n: column(table, "n", &DataType::UInt64, false)?.as_primitive::<UInt64Type>().clone(),
            sum: number("sum")?,
            sum_squares: number("sum_squares")?,
            optional,
            aggregation: text("aggregation")?,
            lower_is_better: column(table, "lower_is_better", &DataType::Boolean, false)?
                .as_boolean()
                .clone(),
        })
    }

    fn arguments<'a>(&'a self, rows: &[usize], request: &'a Request) -> Row<'a> {
        let arm = |&row: &usize| {
            let optional = self.optional.each_ref().map(|column| {
                column.as_ref().filter(|column| column.is_valid(row)).map(|column| column.value(row))
            });
            let [denominator_sum, denominator_sum_squares, denominator_product, ..] = optional;
            let [.., covariate_sum, covariate_sum_squares, covariate_product] = optional;
            ArmMoments {
                variant: Text::borrowed(self.variant.value(row).as_bytes()),
                n: self.n.value(row),
                sum: float(&self.sum, row),
                sum_squares: float(&self.sum_squares, row),
                denominator_sum,
                denominator_sum_squares,
                denominator_product,
                covariate_sum,
                covariate_sum_squares,
                covariate_product,
            }
        };
        Row {
            arms: rows.iter().map(arm).collect(),
            aggregation: Text::borrowed(self.aggregation.value(rows[0]).as_bytes()),
            lower_is_better: self.lower_is_better.value(rows[0]),
            options: Text::borrowed(request.options.as_bytes()),
        }
    }

    fn sizes<'a>(&'a self, rows: &[usize], request: &'a Request) -> sample_ratio_mismatch::Row<'a> {
        let size = |&row: &usize| (Text::borrowed(self.variant.value(row).as_bytes()), self.n.value(row));
        let share = |(variant, share): (&'a String, &f64)| (Text::borrowed(variant.as_bytes()), *share);
        sample_ratio_mismatch::Row {
            observed: Map(rows.iter().map(size).collect()),
            expected: Map(request.expected_shares.iter().map(share).collect()),
        }
    }
}

/// A null is a NaN that the format could not carry.
fn float(column: &Float64Array, row: usize) -> f64 {
    if column.is_null(row) { f64::NAN } else { column.value(row) }
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
        for (field, column) in scores.iter().filter(|(field, _)| !ARM_COLUMNS.contains(&field.name)) {
            append(field.name, &field.ty, column)?;
        }
        for (field, column) in ratios.iter().filter(|(field, _)| SRM_FIELDS.contains(&field.name)) {
            append(&format!("srm_{}", field.name), &field.ty, column)?;
        }
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}
