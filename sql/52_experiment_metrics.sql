-- experiment_metrics: which metrics an experiment is read by, and what each is there for.
--
-- The newest version of an (experiment, metric_id) wins (ReplacingMergeTree by updated_at). Read the table
-- with FINAL. The names and numbers are looked up when a scorecard is read: one that nobody defined is
-- listed by experiment_registry_problems.
--
-- To take a metric out of an experiment:
-- DELETE FROM experiment_metrics WHERE experiment = '…' AND metric_id = …
CREATE TABLE IF NOT EXISTS experiment_metrics
(
    experiment String COMMENT 'Name of the experiment, as in experiments.name',
    metric_id UInt64 COMMENT 'Number of the metric, as in metrics.metric_id',
    role LowCardinality(String) DEFAULT 'secondary' COMMENT 'goal (what is to be improved), secondary (to learn from), or guardrail (must not get worse)',
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When this version was written, UTC; the newest wins',
    CONSTRAINT experiment_is_not_empty CHECK experiment != '',
    CONSTRAINT role_is_goal_secondary_or_guardrail CHECK role IN ('goal', 'secondary', 'guardrail')
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (experiment, metric_id)
COMMENT 'Which metrics each experiment is read by, and their role'
