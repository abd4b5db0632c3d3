WITH
    {{ p }}counted AS
    (
        SELECT
            experiment,
{% if segments %}
            in_segment.1 AS dimension,
            in_segment.2 AS segment,
{% endif %}
            variant,
            quarantined,
            count() AS identities
        FROM
        (
            {{ exposures | indent(12) }}
        )
{% if segments %}
        ARRAY JOIN arrayPushFront(arrayZip({{ segments }}, first_segments), ('', '')) AS in_segment
{% endif %}
        GROUP BY
            experiment,
{% if segments %}
            dimension,
            segment,
{% endif %}
            variant,
            quarantined
    ),

{% if segments %}
    -- Of a dimension with more than a hundred segments the largest, and the others as one.
    {{ p }}ranked AS
    (
        SELECT
            * EXCEPT (segment, place),
            if(place <= {{ most }}, segment, 'other') AS segment_told
        FROM
        (
            SELECT
                *,
                dense_rank() OVER (
                    PARTITION BY
                        experiment,
                        dimension
                    ORDER BY
                        segment = 'other',
                        size DESC,
                        segment
                ) AS place
            FROM
            (
                SELECT
                    *,
                    sumIf(identities, NOT quarantined) OVER (
                        PARTITION BY
                            experiment,
                            dimension,
                            segment
                    ) AS size
                FROM {{ p }}counted
            )
        )
    ),

    {{ p }}told AS
    (
        SELECT
            experiment,
            dimension,
            segment_told AS segment,
            variant,
            quarantined,
            sum(identities) AS identities
        FROM {{ p }}ranked
        GROUP BY
            experiment,
            dimension,
            segment_told,
            variant,
            quarantined
    ),

{% endif %}
    {{ p }}observed AS
    (
        SELECT
            experiment,
{% if segments %}
            dimension,
            segment,
{% endif %}
            CAST(
                (groupArrayIf(variant, NOT quarantined), groupArrayIf(identities, NOT quarantined))
                AS Map(String, UInt64)
            ) AS observed,
            sumIf(identities, NOT quarantined) AS total,
            sumIf(identities, quarantined) AS quarantined_identities
        FROM {{ p }}{% if segments %}told{% else %}counted{% endif %}

        GROUP BY
{% if segments %}
            dimension,
            segment,
{% endif %}
            experiment
    )
-- Always one row per experiment, so that expected variants have theirs before anybody is exposed.
SELECT
    experiments.experiment AS experiment_number,
{% if segments %}
    observed.dimension AS dimension,
    observed.segment AS segment,
{% endif %}
    {{ expected | indent(4) }} AS expected,
    arraySum(mapValues(expected)) AS expected_total,
    isFinite(expected_total) AND expected_total > 0 AND arrayAll(share -> share >= 0, mapValues(expected)) AS expected_is_valid,
    observed.observed AS observed,
    observed.total AS total,
    observed.quarantined_identities AS quarantined_identities,
    sampleRatioMismatch(observed.observed, expected) AS srm
FROM
(
    SELECT toUInt32(arrayJoin(range(1, {{ experiments }} + 1))) AS experiment
) AS experiments
LEFT JOIN {{ p }}observed AS observed ON experiments.experiment = observed.experiment
