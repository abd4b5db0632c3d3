-- events: the raw feature-flag events that every Scorecard view reads.
--
-- Created only when the database has nothing named `events` yet: a table or a view of that name is left
-- as it is, and the views read it instead. Such a stand-in needs the columns environment_key, event,
-- feature_name, timestamp, identifier and value, with the meanings below.
--
-- The sorting key serves both reads of an experiment: the exposures of a feature (environment_key,
-- event = '$flag_exposure', feature_name, then time) and the metric events of an environment
-- (environment_key, event, with the days outside the window pruned as whole partitions).
CREATE TABLE IF NOT EXISTS events
(
    environment_key LowCardinality(String) COMMENT 'Environment the event was sent from; every view reads one environment',
    event LowCardinality(String) COMMENT 'Name of the event; $flag_exposure when an identity was shown a variant of a feature',
    feature_name LowCardinality(String) COMMENT 'Feature flag an exposure belongs to; empty for events of no feature',
    timestamp DateTime64(3, 'UTC') COMMENT 'When the event happened, UTC, millisecond precision',
    collected_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When the event was received, UTC, millisecond precision',
    identifier String COMMENT 'Identity the event belongs to: a user, a device, an account',
    value String COMMENT 'Variant name for an exposure; a decimal number for a metric event that carries one',
    traits String COMMENT 'Traits of the identity when the event happened, a JSON object',
    metadata String COMMENT 'Further details of the event, a JSON object',
    sdk_language LowCardinality(String) COMMENT 'Language of the SDK that sent the event',
    sdk_version LowCardinality(String) COMMENT 'Version of the SDK that sent the event'
)
ENGINE = MergeTree
PARTITION BY toDate(timestamp, 'UTC')
ORDER BY (environment_key, event, feature_name, timestamp, identifier)
COMMENT 'Raw feature-flag events: exposures and metric events'
