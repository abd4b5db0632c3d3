scorecard_values AS
(
    SELECT
        experiment,
        arm,
        first_exposure,
        bundle,
        is_first,
        toFloat64(arraySum(blanks_counted)) AS value_1,
        toFloat64(arraySum(other_blanks_counted)) AS other_1,
        toUInt64(0) AS invalid_1
    FROM
    (
        SELECT
            experiment,
            arm,
            first_exposure,
            bundle,
            entry <= 1 AND place <= 1 AS is_first,
            blank_times,
            other_blank_times,
            arrayMap(t -> t >= first_exposure, blank_times) AS blanks_counted,
            arrayMap(t -> t >= first_exposure, other_blank_times) AS other_blanks_counted
        FROM
        (
            SELECT
                exposed.experiments AS experiments,
                exposed.arms AS arms,
                exposed.first_exposures AS first_exposures,
                CAST(arrayConcat(arrayMap(fact -> [[], []][fact], gathered.facts), [[1]]) AS Array(Array(UInt32))) AS entry_bundles,
                arrayConcat(gathered.blank_times, [gathered.blank_times[indexOf(gathered.facts, 1)]]) AS entry_blank_times,
                arrayConcat(gathered.blank_times, [gathered.blank_times[indexOf(gathered.facts, 2)]]) AS entry_other_blank_times
            FROM scorecard_gathered AS gathered
            RIGHT JOIN scorecard_exposed AS exposed ON gathered.identity = exposed.identity
        )
        LEFT ARRAY JOIN
            entry_bundles AS bundles_of_entry,
            entry_blank_times AS blank_times,
            entry_other_blank_times AS other_blank_times,
            arrayEnumerate(entry_bundles) AS entry
        LEFT ARRAY JOIN
            bundles_of_entry AS bundle,
            arrayEnumerate(bundles_of_entry) AS place
        ARRAY JOIN
            experiments AS experiment,
            arms AS arm,
            first_exposures AS first_exposure
        WHERE bundle != 0 OR is_first
    )
),
