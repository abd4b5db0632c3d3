//! What stands in a file: its objects, their keys, which are needed, and what holds without them.

mod vocabulary;

use super::declare::object;
use super::decode::{At, OrNull};
use super::fragment::Query;
use super::model::{Fragment, Status};
use super::name::{Name, Shares, Table, Words};
use super::options::Options;
use super::time::{Duration, Instant, Length};
use super::types::{Aggregation, Type};

pub(super) use vocabulary::{AfterEnd, Entry, IncompleteWindows, Population, Unit, Version};

object! {
    /// a file of definitions
    pub struct Document {
        /// Version of the format of this file, 1
        "version" => version: required Version,
        /// Tables and queries of one's own that rows are read from
        "sources" => sources: optional Vec<At<Source>>,
        /// What is measured
        "metrics" => metrics: optional Vec<At<Metric>>,
        /// Who sees what, and which metrics it is judged by
        "experiments" => experiments: optional Vec<At<Experiment>>,
    }
}

object! {
    /// a source
    pub struct Source {
        /// Name by which metrics and exposures refer to it
        "name" => name: required Name,
        /// Table or view to read, [database.]name
        "table" => table: optional Table,
        /// SELECT to read instead of a table
        "query" => query: optional Query,
        /// SQL expression: whom a row belongs to
        "identifier" => identifier: required Fragment,
        /// SQL expression: when it happened, DateTime or DateTime64
        "timestamp" => timestamp: required Fragment,
        /// SQL expression: what `value` is unless a metric says otherwise
        "value" => value: optional Fragment,
    }
}

object! {
    /// a metric
    pub struct Metric {
        /// Name by which experiments refer to it
        "name" => name: required Name,
        /// Words for people
        "description" => description: optional Words,
        /// How the rows of an identity become its value
        "type" => kind: required Type,
        /// Name of the events to read
        "event" => event: optional Name,
        /// Name of the source to read
        "source" => source: optional Name,
        /// SQL expression: which rows count
        "filter" => filter: optional Fragment,
        /// SQL expression: the value of a row
        "value" => value: optional Fragment,
        /// Rows equal in identifier, timestamp and value count once
        "deduplicate" => deduplicate: optional bool,
        /// Which rows count for an identity, from its first exposure
        "window" => window: optional Window,
        /// What values are cut off at
        "cap" => cap: optional Cap,
        /// The same before the first exposure, to sharpen the comparison (CUPED)
        "covariate" => covariate: optional Covariate,
        /// The value becomes 1 from here on, else 0
        "at_least" => at_least: optional f64,
        /// What is above the line of a ratio
        "numerator" => numerator: optional Part,
        /// What is below the line of a ratio
        "denominator" => denominator: optional Part,
        /// Which quantile, between 0 and 1
        "quantile" => quantile: optional f64,
        /// Whose values a quantile is of: event or identity (default)
        "unit" => unit: optional Unit,
        /// The value of an identity that a quantile is of
        "aggregation" => aggregation: optional Aggregation,
        /// Identities with the value 0 are left out of a quantile
        "ignore_zeros" => ignore_zeros: optional bool,
        /// Steps of a funnel, in order
        "steps" => steps: optional Vec<At<Step>>,
        /// Longest time from the first step of a funnel to the last
        "within" => within: optional Length,
        /// Less is better
        "lower_is_better" => lower_is_better: default "false" bool,
        /// Options of experimentInference, which win over those of the experiment
        "options" => options: optional Options,
    }
}

object! {
    /// a part of a ratio
    pub struct Part {
        /// Name of the events to read
        "event" => event: optional Name,
        /// Name of the source to read
        "source" => source: optional Name,
        /// SQL expression: which rows count
        "filter" => filter: optional Fragment,
        /// SQL expression: the value of a row
        "value" => value: optional Fragment,
        /// Rows equal in identifier, timestamp and value count once
        "deduplicate" => deduplicate: optional bool,
        /// How the rows of an identity become its value
        "aggregation" => aggregation: required Aggregation,
        /// What values are cut off at
        "cap" => cap: optional Cap,
    }
}

object! {
    /// a step of a funnel
    pub struct Step {
        /// Name of the events to read
        "event" => event: optional Name,
        /// Name of the source to read
        "source" => source: optional Name,
        /// SQL expression: which rows count
        "filter" => filter: optional Fragment,
        /// Rows equal in identifier, timestamp and value count once
        "deduplicate" => deduplicate: optional bool,
    }
}

object! {
    /// a window
    pub struct Window {
        /// How long after the first exposure it begins
        "start" => start: default "0s" Duration,
        /// How long it is (default: no limit)
        "length" => length: optional Length,
    }
}

object! {
    /// a cap
    pub struct Cap {
        /// Values above become this
        "upper" => upper: optional f64,
        /// Values below become this
        "lower" => lower: optional f64,
        /// Values above this percentile (0 to 1) become it
        "upper_percentile" => upper_percentile: optional f64,
        /// Values below this percentile (0 to 1) become it
        "lower_percentile" => lower_percentile: optional f64,
        /// Whose values percentiles are of: nonzero (default) or all
        "population" => population: optional Population,
    }
}

object! {
    /// a covariate
    pub struct Covariate {
        /// How long before the first exposure it begins
        "lookback" => lookback: required Length,
    }
}

object! {
    /// an experiment
    pub struct Experiment {
        /// Name of the experiment
        "name" => name: required Name,
        /// Words for people
        "description" => description: optional Words,
        /// Environment whose events are read
        "environment" => environment: optional Name,
        /// Feature whose exposures are read
        "feature" => feature: optional Name,
        /// Variant that the others are compared with
        "control" => control: default "control" Name,
        /// Expected share of each variant, in any unit; 0 where nobody is sent
        "shares" => shares: optional Shares,
        /// When it began
        "start" => start: required Instant,
        /// When it ended or will end
        "end" => end: optional Instant,
        /// draft, running or completed
        "status" => status: default "running" Status,
        /// What exposes an identity to a variant
        "exposure" => exposure: optional Exposure,
        /// What it is judged by
        "metrics" => metrics: optional Metrics,
        /// What results are broken down by
        "dimensions" => dimensions: optional Vec<At<Dimension>>,
        /// Options of experimentInference
        "options" => options: optional Options,
        /// Whether metrics with a length read rows after the end: drop or collect
        "after_end" => after_end: default "drop" AfterEnd,
        /// Whether identities count whose window is not over: exclude or include
        "incomplete_windows" => incomplete_windows: default "exclude" IncompleteWindows,
    }
}

object! {
    /// an exposure
    pub struct Exposure {
        /// Name of the events that expose (default $flag_exposure)
        "event" => event: optional Name,
        /// Name of the source whose rows expose
        "source" => source: optional Name,
        /// SQL expression: the variant (default value)
        "variant" => variant: optional Fragment,
        /// SQL expression: which rows expose
        "filter" => filter: optional Fragment,
    }
}

object! {
    /// the metrics of an experiment
    pub struct Metrics {
        /// What the experiment is to improve
        "goals" => goals: optional Vec<At<Entry>>,
        /// What is worth knowing beside
        "secondary" => secondary: optional Vec<At<Entry>>,
        /// What must not get worse
        "guardrails" => guardrails: optional Vec<At<Entry>>,
    }
}

object! {
    /// a metric of an experiment
    pub struct Use {
        /// Name of the metric
        "metric" => metric: required Name,
        /// Name that it has in this experiment
        "as" => name: optional Name,
        /// Window instead of the metric's own; null for none
        "window" => window: optional OrNull<Window>,
        /// Cap instead of the metric's own; null for none
        "cap" => cap: optional OrNull<Cap>,
        /// Covariate instead of the metric's own; null for none
        "covariate" => covariate: optional OrNull<Covariate>,
        /// Filter instead of the metric's own; null for none
        "filter" => filter: optional OrNull<Fragment>,
        /// Options of experimentInference, which win over the metric's and the experiment's
        "options" => options: optional Options,
    }
}

object! {
    /// a dimension
    pub struct Dimension {
        /// Name of the dimension
        "name" => name: required Name,
        /// SQL expression over the row of the first exposure: the segment
        "value" => value: required Fragment,
    }
}
