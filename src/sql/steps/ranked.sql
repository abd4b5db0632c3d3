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
            found.*,
            named_segments.dimension AS dimension,
            named_segments.segment_read AS segment_read,
            sum(identities_exposed) OVER (
                PARTITION BY
                    found.experiment,
{% if by_day %}
                    found.day_number,
{% endif %}
                    found.segment
            ) AS size
        FROM {{ p }}found AS found
        LEFT JOIN {{ p }}named_segments AS named_segments ON found.experiment = named_segments.experiment
            AND found.segment = named_segments.segment
    )
)
