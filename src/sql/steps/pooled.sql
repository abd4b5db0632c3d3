SELECT
    metric_number,
{% if by_day %}
    day_number,
{% endif %}
    measure_told,
    {{ bounds | indent(4) }},
    {{ columns | indent(4) }}
FROM
(
    SELECT
        *,
        {{ caps | indent(8) }}
    FROM
    (
        -- The percentiles of a measure are those of all counted identities of all arms, whatever the segment.
        SELECT
            metric_number,
{% if by_day %}
            day_number,
{% endif %}
            measure_told,
            {{ pools | indent(12) }},
            groupArray(({{ names }})) AS rows_of_arms
        FROM
        (
            {{ moments | indent(12) }}
        )
        GROUP BY
            metric_number,
{% if by_day %}
            day_number,
{% endif %}
            measure_told
    )
)
ARRAY JOIN rows_of_arms AS row_of_arm
