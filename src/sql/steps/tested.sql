WITH
    {{ p }}counted AS
    (
        SELECT
            experiment,
            variant,
            quarantined,
            count() AS identities
        FROM
        (
            {{ exposures | indent(12) }}
        )
        GROUP BY
            experiment,
            variant,
            quarantined
    ),

    {{ p }}observed AS
    (
        SELECT
            experiment,
            CAST(
                (groupArrayIf(variant, NOT quarantined), groupArrayIf(identities, NOT quarantined))
                AS Map(String, UInt64)
            ) AS observed,
            sumIf(identities, NOT quarantined) AS total,
            sumIf(identities, quarantined) AS quarantined_identities
        FROM {{ p }}counted
        GROUP BY experiment
    )
-- Always one row per experiment, so that expected variants have theirs before anybody is exposed.
SELECT
    experiments.experiment AS experiment_number,
    {{ expected | indent(4) }} AS expected,
    arraySum(mapValues(expected)) AS expected_total,
    isFinite(expected_total) AND arrayAll(share -> share > 0, mapValues(expected)) AS expected_is_valid,
    observed.observed AS observed,
    observed.total AS total,
    observed.quarantined_identities AS quarantined_identities,
    sampleRatioMismatch(observed.observed, expected) AS srm
FROM
(
    SELECT toUInt32(arrayJoin(range(1, {{ experiments }} + 1))) AS experiment
) AS experiments
LEFT JOIN {{ p }}observed AS observed ON experiments.experiment = observed.experiment
