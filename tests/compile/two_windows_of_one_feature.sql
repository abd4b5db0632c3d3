scorecard_exposed AS
(
    SELECT
        identity,
        -- When and in what in one number: the fewer arrays grow, the better. No script has 2^18 experiments.
        groupArray(first_exposure * 262144 + experiment) AS since,
        arrayMap(packed -> toUInt32(bitAnd(packed, 262143)), since) AS experiments,
        arrayMap(packed -> bitShiftRight(packed, 18), since) AS first_exposures,
        groupArray(arm) AS arms
    FROM
    (
        SELECT
            scorecard_identity AS identity,
            scorecard_number AS experiment,
            groupBitOr(cityHash64(scorecard_value)) AS arm,
            min(scorecard_time) AS first_exposure
        FROM
        (
            SELECT
                scorecard_identity,
                scorecard_time,
                scorecard_number,
                scorecard_value
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(1 AS UInt32) AS scorecard_number_1,
                    ifNull(toString(value), '') AS scorecard_value_1,
                    CAST(2 AS UInt32) AS scorecard_number_2,
                    ifNull(toString(value), '') AS scorecard_value_2
                FROM events
                WHERE environment_key = 'prod'
                    AND event = '$flag_exposure'
                    AND feature_name = 'f'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
            )
            ARRAY JOIN
                materialize([scorecard_number_1, scorecard_number_2]) AS scorecard_number,
                materialize([scorecard_value_1, scorecard_value_2]) AS scorecard_value
            WHERE scorecard_number != 0 AND scorecard_value != '' AND scorecard_time >= [1772323200000, 1772928000000][scorecard_number] AND scorecard_time < [1773532800000, 1774742400000][scorecard_number]
        )
        GROUP BY
            scorecard_identity,
            scorecard_number
        -- Where all bits that some hash has are those that all have, there is one hash.
        HAVING arm = groupBitAnd(cityHash64(scorecard_value))
    )
    GROUP BY identity
),

scorecard_values AS
(
    SELECT
        experiment,
        arm,
        first_exposure,
        bundle,
        is_first,
        toFloat64(arraySum(blanks_counted)) AS value_1,
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
            entry <= 1 AS is_first,
            blank_times,
            arrayMap(t -> t >= first_exposure AND t < [1773532800000, 1774742400000][experiment], blank_times) AS blanks_counted
        FROM scorecard_gathered AS gathered
        RIGHT JOIN scorecard_exposed AS exposed ON gathered.identity = exposed.identity
        LEFT ARRAY JOIN
            gathered.facts AS bundle,
            gathered.blank_times AS blank_times,
            arrayEnumerate(gathered.facts) AS entry
        ARRAY JOIN
            exposed.experiments AS experiment,
            exposed.arms AS arm,
            exposed.first_exposures AS first_exposure
    )
),
