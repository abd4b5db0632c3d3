//! What is inferred of the sums of metrics: a row per metric and arm, with the answer of `experimentInference` about
//! the arm and that of `sampleRatioMismatch` about all arms.

use crate::functions::experiment_inference::ArmScore;
use crate::functions::sample_ratio_mismatch::SampleRatio;
use crate::query::{Query, Select, Sql};
use crate::wire::WireType;

use super::columns::{self, Column};
use super::prefix::Prefix;

/// What the functions are asked.
pub(super) struct Inference {
    pub prefix: Prefix,
    /// An expression that the others refer to, with its name.
    pub given: Option<(&'static str, Sql)>,
    /// Rows of metrics and arms.
    pub sums: Query,
    /// The columns beside the metric that tell results of one arm apart, with their types.
    pub keys: Vec<(&'static str, &'static str)>,
    /// What is carried of an arm to the result, with its type; the first is the variant.
    pub arm: Vec<(&'static str, &'static str)>,
    /// What the function is given of an arm, of [`Inference::arm`], by the names of its fields and with their types.
    pub moments: Vec<(Sql, String)>,
    /// The variants that an experiment has by design, as an array; they are compared, others are only shown. None where
    /// no experiment says them.
    pub own: Option<Sql>,
    pub aggregation: Sql,
    pub lower_is_better: Sql,
    pub options: Sql,
    pub expected_shares: Sql,
}

/// A field of the tuple `arm`.
pub(super) fn of_arm(field: &str) -> Sql {
    Sql::field("arm", field)
}

impl Inference {
    /// The columns of [`Inference::query`].
    pub(super) fn columns(&self) -> Vec<Column> {
        let mut columns = vec![("metric_number", "UInt32".to_owned())];
        columns.extend(self.keys.iter().map(|(name, ty)| (*name, (*ty).to_owned())));
        columns.push(("arm", self.arm_type()));
        columns.push(("inferred_arm", ArmScore::TYPE.to_string()));
        columns.push(("srm", SampleRatio::TYPE.to_string()));
        columns.push(("lacks_numbers", "Bool".to_owned()));
        columns.into_iter().map(|(name, ty)| Column::new(name, &ty, "")).collect()
    }

    pub(super) fn query(self) -> Select {
        let (own, given) = (self.own.is_some(), self.given.clone());
        let keys: Vec<&str> = self.keys.iter().map(|(name, _)| *name).collect();
        let names: Vec<&str> = self.arm.iter().map(|(name, _)| *name).collect();
        let [per_metric, inferred] = ["per_metric", "inferred"].map(|step| self.prefix.step(step));
        let metrics = Select::from_query(self.sums.clone())
            .take("metric_number")
            .take_all(keys.iter().copied())
            .column(
                format!("arraySort(groupArray(CAST(({}) AS {})))", names.join(", "), self.arm_type()),
                "measured",
            )
            .group_by(keys.iter().copied().chain(["metric_number"]));
        let mut query = Select::from(inferred.as_str());
        if let Some((name, expression)) = given {
            query = query.with_expression(name, expression);
        }
        let lacks_numbers = columns::lacks_numbers(&of_arm("invalid_values"), &of_arm("expected_values"));
        query
            .with(&per_metric, "One row per metric, its arms as an array.", metrics)
            .with(&inferred, "What the functions say of them.", self.inferred(&per_metric, &lacks_numbers))
            .take("metric_number")
            .take_all(keys)
            .take_all(["arm", "inferred_arm", "srm"])
            .column(format!("{lacks_numbers} OR control_lacks_numbers"), "lacks_numbers")
            .array_join([
                ("measured_arms", "arm"),
                (
                    if own { "arrayResize(inference, length(measured_arms))" } else { "inference" },
                    "inferred_arm",
                ),
            ])
    }

    /// One row per metric, with what is inferred of its arms.
    fn inferred(self, per_metric: &str, lacks_numbers: &Sql) -> Select {
        let [variant, identities] = ["variant", "identities"].map(of_arm);
        let keys = self.keys.iter().map(|(name, _)| *name);
        let mut select = Select::from(per_metric).take("metric_number").take_all(keys);
        select = match &self.own {
            // The experiment's own arms come first.
            Some(own) => select
                .column(own.clone(), "own")
                .column(
                    format!(
                        "arraySort(arm -> (notEmpty(own) AND NOT has(own, {variant}), {variant}), measured)"
                    ),
                    "measured_arms",
                )
                .column(
                    format!("arrayFilter(arm -> empty(own) OR has(own, {variant}), measured)"),
                    "compared",
                ),
            None => select.column("measured", "measured_arms").column("measured", "compared"),
        };
        let given = Sql::join(self.moments.iter().map(|(expression, _)| expression.clone()), ", ");
        let types: Vec<&str> = self.moments.iter().map(|(_, ty)| ty.as_str()).collect();
        let arms = format!(
            "CAST(\n        arrayMap(arm -> ({given}), compared)\n        AS Array(Tuple({}))\n    )",
            types.join(", ")
        );
        let asked = [self.aggregation, self.lower_is_better, self.options].map(|sql| sql.indented(4));
        select
            .column(
                format!("experimentInference(\n    {arms},\n    {}\n)", Sql::join(asked, ",\n    ")),
                "inference",
            )
            .column(
                format!(
                    "arrayExists((arm, told) -> tupleElement(told, 'is_control') AND {lacks_numbers}, compared, inference)"
                ),
                "control_lacks_numbers",
            )
            .column(
                format!(
                    "sampleRatioMismatch(\n    CAST(\n        (arrayMap(arm -> {variant}, measured), arrayMap(arm -> \
                     {identities}, measured))\n        AS Map(String, UInt64)\n    ),\n    {}\n)",
                    self.expected_shares.indented(4)
                ),
                "srm",
            )
    }

    fn arm_type(&self) -> String {
        let types: Vec<String> = self.arm.iter().map(|(name, ty)| format!("{name} {ty}")).collect();
        format!("Tuple({})", types.join(", "))
    }
}
