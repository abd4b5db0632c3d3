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
        toUInt64(0) AS invalid_1,
        toUInt64(0) AS expected_1
    FROM
    (
        SELECT
            experiment,
            arm,
            first_exposure,
            bundle,
            -- The first row of an identity; 0 is what it has where there is nothing to unroll.
            entry <= 1 AND place <= 1 AS is_first,
            blank_times,
            other_blank_times,
            arrayMap(t -> t >= first_exposure, blank_times) AS blanks_counted,
            arrayMap(t -> t >= first_exposure, other_blank_times) AS other_blanks_counted
        FROM scorecard_gathered AS gathered
        RIGHT JOIN scorecard_exposed AS exposed ON gathered.identity = exposed.identity
        LEFT ARRAY JOIN
            CAST(arrayConcat(arrayMap(fact -> [[], []][fact], gathered.facts), [[1]]) AS Array(Array(UInt32))) AS bundles_of_entry,
            arrayConcat(gathered.blank_times, [gathered.blank_times[indexOf(gathered.facts, 1)]]) AS blank_times,
            arrayConcat(gathered.blank_times, [gathered.blank_times[indexOf(gathered.facts, 2)]]) AS other_blank_times,
            range(1, length(gathered.facts) + 2) AS entry
        LEFT ARRAY JOIN
            bundles_of_entry AS bundle,
            arrayEnumerate(bundles_of_entry) AS place
        ARRAY JOIN
            exposed.experiments AS experiment,
            exposed.arms AS arm,
            exposed.first_exposures AS first_exposure
        WHERE bundle != 0 OR is_first
    )
),
