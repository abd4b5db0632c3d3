scorecard_values AS
(
    SELECT
        experiment,
        arm,
        first_exposure,
        bundle_counted AS bundle,
        is_first,
        arrayReduce('sumKahanIf', finite_values, values_counted) AS value_1,
        toUInt64(arraySum(blanks_counted)) AS invalid_1,
        toUInt64((arraySum(blanks_counted) + arraySum(values_counted))) AS expected_1,
        if(arraySum(values_counted) = 0, 0, arrayReduce('sumKahanIf', finite_values, values_counted) / arraySum(values_counted)) AS value_2,
        toUInt64(arraySum(blanks_counted)) AS invalid_2,
        toUInt64((arraySum(blanks_counted) + arraySum(values_counted))) AS expected_2
    FROM
    (
        SELECT
            experiment,
            arm,
            first_exposure,
            -- Which rows of the identity count is a matter of their bundle, even where it is not of interest.
            if((experiment, bundle) IN ((1, 1), (2, 1)), bundle, 0) AS bundle_counted,
            -- The first row of an identity; 0 is what it has where there is nothing to unroll.
            entry <= 1 AS is_first,
            blank_times,
            value_times,
            finite_values,
            arrayMap(t -> t >= first_exposure, value_times) AS values_counted,
            arrayMap(t -> t >= first_exposure, blank_times) AS blanks_counted
        FROM scorecard_gathered AS gathered
        RIGHT JOIN scorecard_exposed AS exposed ON gathered.identity = exposed.identity
        LEFT ARRAY JOIN
            gathered.facts AS bundle,
            gathered.blank_times AS blank_times,
            gathered.value_times AS value_times,
            gathered.finite_values AS finite_values,
            arrayEnumerate(gathered.facts) AS entry
        ARRAY JOIN
            exposed.experiments AS experiment,
            exposed.arms AS arm,
            exposed.first_exposures AS first_exposure
        WHERE bundle_counted != 0 OR is_first
    )
),
