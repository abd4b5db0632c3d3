scorecard_values AS
(
    SELECT
        experiment,
        arm,
        first_exposure,
        bundle,
        arrayReduce('sumKahanIf', finite_values, values_counted) AS value_1,
        toUInt64(arraySum(blanks_counted)) AS invalid_1,
        if((arraySum(blanks_counted) + arraySum(values_counted)) = 0, 0, arrayReduce('sumKahanIf', finite_values, values_counted) / (arraySum(blanks_counted) + arraySum(values_counted))) AS value_2,
        toUInt64(arraySum(blanks_counted)) AS invalid_2
    FROM
    (
        SELECT
            experiment,
            arm,
            first_exposure,
            bundle,
            blank_times,
            value_times,
            finite_values,
            arrayMap(t -> t >= first_exposure, value_times) AS values_counted,
            arrayMap(t -> t >= first_exposure, blank_times) AS blanks_counted
        FROM
        (
            SELECT
                exposed.experiments AS experiments,
                exposed.arms AS arms,
                exposed.first_exposures AS first_exposures,
                arrayPushFront(gathered.facts, 0) AS entry_bundles,
                arrayPushFront(gathered.blank_times, CAST([] AS Array(Int64))) AS entry_blank_times,
                arrayPushFront(gathered.value_times, CAST([] AS Array(Int64))) AS entry_value_times,
                arrayPushFront(gathered.finite_values, CAST([] AS Array(Float64))) AS entry_finite_values
            FROM scorecard_gathered AS gathered
            RIGHT JOIN scorecard_exposed AS exposed ON gathered.identity = exposed.identity
        )
        ARRAY JOIN
            entry_bundles AS bundle,
            entry_blank_times AS blank_times,
            entry_value_times AS value_times,
            entry_finite_values AS finite_values
        ARRAY JOIN
            experiments AS experiment,
            arms AS arm,
            first_exposures AS first_exposure
        WHERE bundle = 0 OR ((experiment, bundle) IN ((1, 1), (2, 1)))
    )
),
