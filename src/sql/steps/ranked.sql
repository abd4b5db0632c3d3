SELECT
    * EXCEPT (segment, segment_read, size, place),
    if(place <= {{ most }}, segment_read, 'other') AS segment
FROM
(
    SELECT
        *,
        dense_rank() OVER (
            PARTITION BY
                experiment,
{% if by_day %}
                day_number,
{% endif %}
                dimension
            ORDER BY
                segment_read = 'other',
                size DESC,
                segment_read
        ) AS place
    FROM
    (
        SELECT
            per_arm.*,
            named_segments.dimension AS dimension,
            named_segments.segment_read AS segment_read,
            sumIf(identities, measure = 0) OVER (
                PARTITION BY
                    per_arm.experiment,
{% if by_day %}
                    per_arm.day_number,
{% endif %}
                    per_arm.segment
            ) AS size
        FROM {{ p }}per_arm AS per_arm
        LEFT JOIN
        (
            {{ named_segments | indent(12) }}
        ) AS named_segments ON per_arm.experiment = named_segments.experiment
            AND per_arm.segment = named_segments.segment
    )
)
