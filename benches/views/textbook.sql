-- The baseline of the view benchmark: the same statistics as experiment_metric_stats, the way they are
-- usually written. One query: the exposed identities LEFT JOIN their metric events, conditional
-- aggregates of every metric per identity, then the sums per variant. Engine settings are the defaults.
--
-- Parameters: environment_key String, feature_name String, window_start and window_end
-- DateTime64(3, 'UTC'). The metrics of the benchmark are written out:
-- (1, purchase, occurrence), (2, page_view, count), (3, purchase, sum), (4, request_time, mean).
WITH
    exposures AS
    (
        SELECT
            identifier,
            any(value) AS variant,
            min(timestamp) AS first_exposure
        FROM events
        WHERE environment_key = {environment_key:String}
            AND event = '$flag_exposure'
            AND feature_name = {feature_name:String}
            AND timestamp >= {window_start:DateTime64(3, 'UTC')}
            AND timestamp < {window_end:DateTime64(3, 'UTC')}
        GROUP BY identifier
        HAVING min(value) = max(value)
    ),

    metric_events AS
    (
        SELECT
            identifier,
            event,
            timestamp,
            toFloat64OrNull(value) AS parsed,
            ifNull(isFinite(parsed), 0) AS valid
        FROM events
        WHERE environment_key = {environment_key:String}
            AND event IN ('purchase', 'page_view', 'request_time')
            AND timestamp >= {window_start:DateTime64(3, 'UTC')}
            AND timestamp < {window_end:DateTime64(3, 'UTC')}
    ),

    per_identity AS
    (
        SELECT
            exposures.identifier AS identifier,
            any(exposures.variant) AS variant,
            countIf(event = 'purchase' AND timestamp >= first_exposure) > 0 AS purchased,
            countIf(event = 'page_view' AND timestamp >= first_exposure) AS page_views,
            sumIf(ifNull(parsed, 0), event = 'purchase' AND valid AND timestamp >= first_exposure) AS revenue,
            countIf(event = 'purchase' AND NOT valid AND timestamp >= first_exposure) AS revenue_invalid,
            countIf(event = 'request_time' AND timestamp >= first_exposure) AS requests,
            sumIf(ifNull(parsed, 0), event = 'request_time' AND valid AND timestamp >= first_exposure) AS request_total,
            if(requests = 0, 0, request_total / requests) AS request_mean,
            countIf(event = 'request_time' AND NOT valid AND timestamp >= first_exposure) AS request_invalid
        FROM exposures
        LEFT JOIN metric_events ON exposures.identifier = metric_events.identifier
        GROUP BY exposures.identifier
    ),

    per_variant AS
    (
        SELECT
            variant,
            count() AS n,
            [
                (1, 'purchase', 'occurrence', toFloat64(sum(purchased)), toFloat64(sum(purchased)), 0),
                (2, 'page_view', 'count', toFloat64(sum(page_views)), toFloat64(sum(page_views * page_views)), 0),
                (3, 'purchase', 'sum', sum(revenue), sum(revenue * revenue), sum(revenue_invalid)),
                (4, 'request_time', 'mean', sum(request_mean), sum(request_mean * request_mean), sum(request_invalid))
            ] AS metrics
        FROM per_identity
        GROUP BY variant
    )
SELECT
    metric.1 AS metric_id,
    metric.2 AS event,
    metric.3 AS aggregation,
    false AS lower_is_better,
    variant,
    n,
    metric.4 AS sum,
    metric.5 AS sum_squares,
    metric.6 AS invalid_values
FROM per_variant
ARRAY JOIN metrics AS metric
ORDER BY
    metric_id,
    variant
