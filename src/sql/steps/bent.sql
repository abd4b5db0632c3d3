SELECT
    * EXCEPT (
        all_values,
{% if other %}
        all_others,
{% endif %}
{% if lists %}
        all_lists,
{% endif %}
        sum_of_values,
        sum_of_squares{% if other %},
        sum_of_others,
        sum_of_other_squares,
        sum_of_products{% endif %}

    ),
    {{ told | indent(4) }}
FROM
(
    SELECT
        experiment,
{% if by_day %}
        day_number,
{% endif %}
        measure_told,
        {{ caps | indent(8) }},
        {{ columns | indent(8) }}
    FROM
    (
        -- The percentiles of a measure are those of all counted identities of all arms, whatever the segment.
        SELECT
            experiment,
{% if by_day %}
            day_number,
{% endif %}
            measure_told,
            groupArray(({{ names }})) AS rows_of_arms,
            {{ pools | indent(12) }}
        FROM
        (
            {{ per_measure | indent(12) }}
        )
        GROUP BY
            experiment,
{% if by_day %}
            day_number,
{% endif %}
            measure_told
    )
    ARRAY JOIN rows_of_arms AS row_of_arm
)
