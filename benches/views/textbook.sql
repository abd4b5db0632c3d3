-- The baseline of the view benchmark: the statistics of one experiment, the way they are usually written. The
-- exposed identities LEFT JOIN their metric events, conditional aggregates of every metric per identity, then the
-- sums per variant. Engine settings are the defaults.
--
-- A template: queries.py puts values in place of {{…}}.
WITH
    exposures AS
    (
        SELECT
            identifier,
            any(value) AS variant,
            min(timestamp) AS first_exposure
        FROM events
        WHERE environment_key = '{{environment}}'
            AND event = '$flag_exposure'
            AND feature_name = '{{feature}}'
            AND timestamp >= '{{window_start}}'
            AND timestamp < '{{window_end}}'
        GROUP BY identifier
        HAVING min(value) = max(value)
    ),

    metric_events AS
    (
        SELECT
            identifier,
            event,
            timestamp,
            value
        FROM events
        WHERE environment_key = '{{environment}}'
            AND event IN ({{events}})
            AND timestamp >= '{{window_start}}'
            AND timestamp < '{{window_end}}'
    ),

    parsed_events AS
    (
        SELECT
            identifier,
            event,
            timestamp,
            toFloat64OrNull(value) AS parsed,
            ifNull(isFinite(parsed), 0) AS valid
        FROM metric_events
    ),

    per_identity AS
    (
        SELECT
            any(exposures.variant) AS variant,
            {{per_identity}}
        FROM exposures
        LEFT JOIN parsed_events ON exposures.identifier = parsed_events.identifier
        GROUP BY exposures.identifier
    ),

    per_variant AS
    (
        SELECT
            variant,
            count() AS n,
            [
                {{per_variant}}
            ] AS results
        FROM per_identity
        GROUP BY variant
    )
SELECT
    result.1 AS metric,
    variant,
    n,
    result.2 AS sum,
    result.3 AS sum_squares,
    result.4 AS invalid_values
FROM per_variant
ARRAY JOIN results AS result
ORDER BY
    metric,
    variant
