-- experiment_exposure_timeseries: how the exposed identities arrived, for a chart of the intake.
--
-- Parameters: environment_key String, feature_name String, window_start and window_end
-- DateTime64(3, 'UTC'); the window is half-open, [window_start, window_end).
--
-- One row per bucket and variant in which identities were first exposed, ordered by bucket, then variant:
--     bucket                 DateTime('UTC')  start of the UTC hour or day; the first bucket may start
--                                             before the window, and only its part inside it is counted
--     granularity            String           'hour' for a window of up to 72 hours, else 'day'
--     variant                String           the variant; '' for quarantined identities
--     quarantined            Bool             true for identities exposed to more than one variant
--     new_identities         UInt64           identities first exposed in the bucket
--     cumulative_identities  UInt64           the same, summed over the buckets so far
--
-- An identity counts once, at its first exposure in the window. One that later turns out to be
-- quarantined counts as quarantined from its first exposure on, so past buckets can change while the
-- window is open. A bucket in which a variant gained nobody has no row for it: the cumulative number
-- stays where it was.
CREATE OR REPLACE VIEW experiment_exposure_timeseries AS
WITH
    toUnixTimestamp64Milli({window_end:DateTime64(3, 'UTC')})
        - toUnixTimestamp64Milli({window_start:DateTime64(3, 'UTC')}) AS window_milliseconds,

    if(window_milliseconds <= 72 * 3600000, 3600, 86400) AS bucket_seconds,

    arrivals AS
    (
        SELECT
            toDateTime(
                intDiv(toUnixTimestamp64Milli(first_exposure), bucket_seconds * 1000) * bucket_seconds,
                'UTC'
            ) AS bucket,
            variant,
            quarantined,
            count() AS new_identities
        FROM
        (
            {{ exposures }}
        )
        GROUP BY
            bucket,
            variant,
            quarantined
    )
SELECT
    bucket,
    if(bucket_seconds = 3600, 'hour', 'day') AS granularity,
    variant,
    quarantined,
    new_identities,
    sum(new_identities) OVER (
        PARTITION BY variant, quarantined
        ORDER BY bucket ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS cumulative_identities
FROM arrivals
ORDER BY
    bucket,
    variant
{{ settings }}
