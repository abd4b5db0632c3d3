-- experiment_summary: the scorecard as one JSON document, for a service that fetches it whole.
--
-- Parameters: those of experiment_results.
--
-- One row, always:
--     payload  String  {"srm_p_value": number or null,
--                       "metrics": [{"metric_id": number,
--                                    "variants": {variant: {"n": …, "sum": …, "sum_squares": …}},
--                                    "inference": {treatment: {"lift": …, "ci_low": …, "ci_high": …,
--                                                              "chance_to_win": …} or null}}]}
--
-- Metrics stand in the order given, every one of them, with empty objects while nobody is exposed,
-- variants in the order of their names. "inference" has a key for every arm but the control, null where
-- the numbers are withheld. Numbers are JSON numbers whatever the settings of the session: integers
-- unquoted, floats with as many digits as bring back the same double, null for what is not finite. Bytes
-- of a variant's name that are not UTF-8 become U+FFFD.
--
-- Reads what experiment_results reads, and the exposures of the feature once more for the ratio test,
-- which does not depend on there being a metric.
CREATE OR REPLACE VIEW experiment_summary AS
WITH
    {metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))} AS metric_list,

    number -> if(isFinite(number), ifNull(toString(number), 'null'), 'null') AS json_number,

    text -> toJSONString(toValidUTF8(text)) AS json_text,

    pairs -> concat('{', arrayStringConcat(pairs, ','), '}') AS json_object,

    arms AS
    (
        SELECT
            (metric_id, event, aggregation, lower_is_better) AS metric,
            variant,
            is_control,
            concat(
                json_text(variant),
                ':{"n":', toString(n),
                ',"sum":', json_number(sum),
                ',"sum_squares":', json_number(sum_squares),
                '}'
            ) AS moments_json,
            concat(
                json_text(variant),
                ':',
                if(
                    isNull(lift) AND isNull(ci_low) AND isNull(ci_high) AND isNull(chance_to_win),
                    'null',
                    concat(
                        '{"lift":', json_number(lift),
                        ',"ci_low":', json_number(ci_low),
                        ',"ci_high":', json_number(ci_high),
                        ',"chance_to_win":', json_number(chance_to_win),
                        '}'
                    )
                )
            ) AS inference_json
        FROM
        (
            {{ results }}
        )
    ),

    -- A metric given twice has its rows twice in the results: the set of its arms has each once.
    per_metric AS
    (
        SELECT
            metric,
            arraySort(groupUniqArray((variant, is_control, moments_json, inference_json))) AS metric_arms
        FROM arms
        GROUP BY metric
    ),

    -- No GROUP BY: one row each, also over nothing.
    measured AS
    (
        SELECT groupArray((metric, metric_arms)) AS measured_metrics
        FROM per_metric
    ),

    traffic AS
    (
        SELECT any(srm_p_value) AS srm_p_value
        FROM
        (
            {{ traffic }}
        )
    ),

    metrics_json AS
    (
        SELECT
            arrayMap(
                metric -> (metric.metric_id, arrayFirst(found -> found.1 = metric, measured_metrics).2),
                metric_list
            ) AS listed,
            arrayMap(
                entry -> concat(
                    '{"metric_id":', toString(entry.1),
                    ',"variants":', json_object(arrayMap(arm -> arm.3, entry.2)),
                    ',"inference":', json_object(arrayMap(arm -> arm.4, arrayFilter(arm -> NOT arm.2, entry.2))),
                    '}'
                ),
                listed
            ) AS documents
        FROM measured
    )
SELECT
    concat(
        '{"srm_p_value":', json_number(traffic.srm_p_value),
        ',"metrics":[', arrayStringConcat(metrics_json.documents, ','),
        ']}'
    ) AS payload
FROM metrics_json
CROSS JOIN traffic
{{ settings }}
