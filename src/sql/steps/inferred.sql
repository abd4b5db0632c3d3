WITH
{% if given %}
    {{ given | indent(4) }},

{% endif %}
    {{ p }}statistics AS
    (
        {{ statistics | indent(8) }}
    ),

    -- One row per metric{% if by_day %} and day{% endif %}{% if segments %} and segment{% endif %}, its arms as ({{ arm }}).
    {{ p }}per_metric AS
    (
        SELECT
            metric_number,
{% if by_day %}
            day_number,
{% endif %}
{% if segments %}
            dimension,
            segment,
{% endif %}
            arraySort(groupArray(({{ arm }}))) AS measured
        FROM {{ p }}statistics
        GROUP BY
{% if by_day %}
            day_number,
{% endif %}
{% if segments %}
            dimension,
            segment,
{% endif %}
            metric_number
    ),

    {{ p }}inferred AS
    (
        SELECT
            metric_number,
{% if by_day %}
            day_number,
{% endif %}
{% if segments %}
            dimension,
            segment,
{% endif %}
{% if own %}
            -- The experiment's own arms come first; they are compared, the others are only shown.
            {{ own | indent(12) }} AS own,
            arraySort(arm -> (notEmpty(own) AND NOT has(own, arm.1), arm.1), measured) AS measured_arms,
            arrayFilter(arm -> empty(own) OR has(own, arm.1), measured) AS compared,
{% else %}
            measured AS measured_arms,
            measured AS compared,
{% endif %}
            experimentInference(
                CAST(
                    arrayMap(arm -> ({{ given_moments }}), compared)
                    AS Array(Tuple({{ types_of_moments }}))
                ),
                {{ aggregation }},
                {{ lower_is_better }},
                {{ options }}
            ) AS inference,
            arrayExists(
                (arm, told) -> told.is_control AND {{ lacks_numbers }},
                compared,
                inference
            ) AS control_lacks_numbers,
            sampleRatioMismatch(
                CAST(
                    (arrayMap(arm -> arm.1, measured), arrayMap(arm -> {{ identities }}, measured))
                    AS Map(String, UInt64)
                ),
                {{ expected_shares }}
            ) AS srm
        FROM {{ p }}per_metric
    )
SELECT
    metric_number,
{% if by_day %}
    day_number,
{% endif %}
{% if segments %}
    dimension,
    segment,
{% endif %}
    arm,
    inferred_arm,
    srm,
    {{ lacks_numbers }} OR control_lacks_numbers AS lacks_numbers
FROM {{ p }}inferred
ARRAY JOIN
    measured_arms AS arm,
    {%+ if own %}arrayResize(inference, length(measured_arms)){% else %}inference{% endif %} AS inferred_arm
