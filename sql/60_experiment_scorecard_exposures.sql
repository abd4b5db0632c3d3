-- experiment_scorecard_exposures: who was exposed to what, since when, in many experiments at once: the
-- identities that experiment_scorecard counts, to join other data to.
--
-- Parameters: experiments Array(String), names in the table experiments; [] means all that are running. A
-- name that is not there, or is a draft, is refused.
--
-- One row per experiment and identity:
--     experiment      String                  name of the experiment
--     environment_key String                  environment of the identity
--     identifier      String                  the identity
--     variant         String                  the variant it was exposed to; '' when quarantined
--     quarantined     Bool                    true when it was exposed to more than one variant
--     first_exposure  DateTime64(3, 'UTC')    its first exposure in the experiment's window
--
-- What each experiment's rows say is what experiment_exposures says for its feature and window. Identities
-- are compared as they are, never by hash. Rows come in no particular order. The exposures of all
-- experiments are read in one pass.
CREATE OR REPLACE VIEW experiment_scorecard_exposures AS
WITH
    chosen AS
    (
        SELECT
            name,
            environment_key,
            exposure_event,
            feature_name,
            window_start,
            ifNull(window_end, now64(3, 'UTC')) AS window_end,
            control,
            expected_shares,
            options,
            cityHash64(name) AS experiment_key,
            cityHash64(environment_key, exposure_event, feature_name) AS source
        FROM experiments FINAL
        WHERE if(empty({experiments:Array(String)}), status = 'running', has({experiments:Array(String)}, name))
    ),

    -- One row of 0, or the refusal. It is evaluated while the query is analysed, whatever the data.
    checked AS
    (
        WITH
            (SELECT groupUniqArray(name) FROM experiments FINAL WHERE status != 'draft') AS readable,
            arrayFilter(name -> NOT has(readable, name), {experiments:Array(String)}) AS unreadable
        SELECT throwIf(
            notEmpty(unreadable),
            concat('Experiment ''', unreadable[1], ''' is not in the table experiments, or is a draft')
        ) AS refused
    ),

    exposures AS
    (
        SELECT
            chosen.name AS experiment,
            events.environment_key AS environment_key,
            events.identifier AS identifier,
            events.variant AS variant,
            events.timestamp AS timestamp
        FROM
        (
            SELECT
                cityHash64(environment_key, event, feature_name) AS source,
                environment_key,
                identifier,
                value AS variant,
                timestamp
            FROM events
            WHERE environment_key IN (SELECT environment_key FROM chosen)
                AND event IN (SELECT exposure_event FROM chosen)
                AND feature_name IN (SELECT feature_name FROM chosen)
                AND timestamp >= (SELECT min(window_start) FROM chosen)
                AND timestamp < (SELECT max(window_end) FROM chosen)
                AND value != ''
        ) AS events
        INNER JOIN chosen ON events.source = chosen.source
        WHERE events.timestamp >= chosen.window_start
            AND events.timestamp < chosen.window_end
    )
SELECT
    experiment,
    CAST(environment_key AS String) AS environment_key,
    identifier,
    if(min(exposures.variant) = max(exposures.variant), min(exposures.variant), '') AS variant,
    CAST(min(exposures.variant) != max(exposures.variant) AS Bool) AS quarantined,
    CAST(min(timestamp) AS DateTime64(3, 'UTC')) AS first_exposure
FROM exposures
WHERE (SELECT refused FROM checked) = 0
GROUP BY
    experiment,
    environment_key,
    identifier
SETTINGS
    join_use_nulls = 0,
    join_default_strictness = 'ALL',
    join_algorithm = 'parallel_hash,hash',
    query_plan_join_swap_table = 'false',
    aggregate_functions_null_for_empty = 0,
    prefer_column_name_to_alias = 0,
    transform_null_in = 0,
    set_overflow_mode = 'throw',
    group_by_overflow_mode = 'throw'
