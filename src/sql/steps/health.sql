WITH
    {{ p }}tested AS
    (
        {{ tested | indent(8) }}
    ),

    {{ p }}described AS
    (
        SELECT
            {{ name | indent(12) }} AS experiment,
            {{ control | indent(12) }} AS control,
            {{ min_identities | indent(12) }} AS least_identities,
            {{ start | indent(12) }} > now64(3, 'UTC') AS is_early,
            {{ end | indent(12) }} <= now64(3, 'UTC') AS is_over,
            expected,
            observed,
            total,
            quarantined_identities,
            srm,
            -- A share of 0 is that of a variant which nobody is sent to.
            arrayFilter(one -> expected[one] > 0, mapKeys(expected)) AS open,
            arraySort(arrayDistinct(arrayConcat(mapKeys(observed), open, [control]))) AS variants,
            arrayFilter(one -> NOT has(open, one), arraySort(mapKeys(observed))) AS unexpected,
            arrayFilter(one -> observed[one] < least_identities, variants) AS small
{%- if segments %},
            mismatched,
            crowded
        FROM
        (
            -- What is wrong with segments is told with the total.
            SELECT
                *,
                arraySort(
                    groupArrayIf(
                        concat(dimension, ' = ', segment),
                        dimension != '' AND ifNull(srm.sequential_p_value < {{ mismatch_level }}, false)
                    ) OVER (PARTITION BY experiment_number)
                ) AS mismatched,
                arraySort(
                    groupUniqArrayIf(dimension, segments_told > {{ most }}) OVER (PARTITION BY experiment_number)
                ) AS crowded
            FROM
            (
                SELECT
                    *,
                    count() OVER (
                        PARTITION BY
                            experiment_number,
                            dimension
                    ) AS segments_told
                FROM {{ p }}tested
            )
        )
        WHERE dimension = ''
{% else %}

        FROM {{ p }}tested
{% endif %}
    ),

    {{ p }}flags AS
    (
        SELECT
            experiment,
            found.2 AS flag,
            found.3 AS explanation
        FROM {{ p }}described
        ARRAY JOIN arrayFilter(
            one -> one.1,
            [
                (
                    ifNull(srm.sequential_p_value < {{ mismatch_level }}, false),
                    'sample_ratio_mismatch',
                    concat(
                        'The split has p = ', toString(srm.sequential_p_value),
                        ' under the expected shares, however often one looks'
                    )
                ),
{% if segments %}
                (
                    notEmpty(mismatched),
                    'segment_mismatch',
                    concat('The split of segments is not the expected one: ', arrayStringConcat(mismatched, ', '))
                ),
                (
                    notEmpty(crowded),
                    'many_segments',
                    concat(
                        'More than {{ most }} segments, told as the largest and ''other'': ',
                        arrayStringConcat(crowded, ', ')
                    )
                ),
{% endif %}
                (
                    total + quarantined_identities = 0 AND NOT is_early,
                    'no_exposures',
                    'Nobody has been exposed yet: look at environment, feature, event and filter of the exposures'
                ),
                (
                    quarantined_identities >= 0.01 * (total + quarantined_identities) AND quarantined_identities > 0,
                    'quarantine_rate',
                    concat(
                        toString(round(100 * quarantined_identities / (total + quarantined_identities), 2)), ' % of ',
                        toString(total + quarantined_identities), ' identities were seen with several variants'
                    )
                ),
                (
                    notEmpty(expected) AND notEmpty(unexpected),
                    'unexpected_variants',
                    concat('Seen, but without an expected share: ', arrayStringConcat(unexpected, ', '))
                ),
                (
                    total > 0 AND NOT mapContains(observed, control),
                    'no_control',
                    concat(
                        'Nobody was exposed to the control ''', control, '''; seen were: ',
                        arrayStringConcat(arraySort(mapKeys(observed)), ', ')
                    )
                ),
                (
                    notEmpty(small) AND NOT is_early,
                    'too_little_data',
                    concat(
                        'Fewer than ', toString(least_identities), ' identities in: ',
                        arrayStringConcat(arrayMap(one -> concat(one, ' (', toString(observed[one]), ')'), small), ', ')
                    )
                ),
                (is_early, 'not_started', 'The window starts in the future'),
                (is_over, 'window_over', 'The window has ended, and the experiment is still running: make it completed')
            ]
        ) AS found
{% if rows %}
        UNION ALL
        SELECT
            {{ part_experiment | indent(12) }} AS experiment,
            found.2 AS flag,
            found.3 AS explanation
        FROM
        (
            WITH quality.since >= parts.start AND quality.since < parts.end AS is_of_its_time
            SELECT
                part_number,
                {{ part | indent(16) }} AS part,
                {{ reads_value | indent(16) }} AS reads_value,
                {{ deduplicated | indent(16) }} AS deduplicated,
                toUnixTimestamp64Milli(now64(3, 'UTC')) > any(parts.start) AS has_started,
                sumIf(quality.rows_read, is_of_its_time) AS rows_read,
                sumIf(quality.invalid, is_of_its_time) AS invalid,
                least(uniqCombined64MergeIf(17)(quality.different, is_of_its_time), rows_read) AS different
            FROM
            (
                SELECT
                    part_number,
                    toUInt32({{ fact | indent(20) }}) AS fact,
                    {{ part_start | indent(20) }} AS start,
                    {{ part_end | indent(20) }} AS end
                FROM system.one
                ARRAY JOIN range(1, {{ parts }} + 1) AS part_number
            ) AS parts
            -- Experiments have times of their own, so rows are counted between the instants at which some of them begins
            -- or ends.
            LEFT JOIN
            (
                SELECT
                    {{ p }}number AS fact,
                    roundDown({{ p }}time, CAST({{ instants }} AS Array(Int64))) AS since,
                    count() AS rows_read,
                    countIf(isNaN({{ p }}value)) AS invalid,
                    uniqCombined64State(17)(cityHash64({{ p }}identity, {{ p }}time, {{ p }}copy)) AS different
                FROM
                (
                    {{ rows | indent(20) }}
                )
                GROUP BY
                    {{ p }}number,
                    since
            ) AS quality ON parts.fact = quality.fact
            GROUP BY part_number
        )
        ARRAY JOIN arrayFilter(
            one -> one.1,
            [
                (
                    rows_read = 0 AND has_started,
                    'no_rows',
                    concat(
                        'No row of ', part, ' has been read yet: look at its event, source and filter'
                    )
                ),
                (
                    reads_value AND invalid > 0,
                    'invalid_values',
                    concat(
                        toString(invalid), ' of ', toString(rows_read), ' rows of ', part,
                        ' have a value that is no finite number'
                    )
                ),
                (
                    NOT deduplicated AND rows_read > 0 AND rows_read - different >= 0.01 * rows_read,
                    'redelivered_events',
                    concat(
                        toString(round(100 * (rows_read - different) / rows_read, 2)), ' % of ', toString(rows_read),
                        ' rows of ', part, ' are exact copies of others'
                    )
                )
            ]
        ) AS found
{% endif %}
{% if reached %}
        UNION ALL
        SELECT
            {{ reached_experiment | indent(12) }} AS experiment,
            found.2 AS flag,
            found.3 AS explanation
        FROM
        (
            SELECT
                metric_number,
                {{ reached_part | indent(16) }} AS part,
                sum({{ exposed }}) AS all_exposed,
                sum(n) AS all_counted,
                sum(sum) AS all_capped
            FROM
            (
                {{ reached | indent(16) }}
            )
{% if segments_of_reached %}
            WHERE dimension = ''
{% endif %}
            GROUP BY metric_number
        )
        ARRAY JOIN arrayFilter(
            one -> one.1,
            [
                (
                    2 * all_counted < all_exposed,
                    'incomplete_windows',
                    concat(
                        'T', substring(part, 2), ' counts ', toString(all_counted), ' of ',
                        toString(all_exposed), ' identities: the windows of the others are not over'
                    )
                ),
                (
                    {{ capped }} AND all_capped >= 0.05 * all_counted AND all_capped > 0,
                    'cap_bites',
                    concat(
                        'The cap of ', part, ' cuts the values of ',
                        toString(round(100 * all_capped / all_counted, 2)), ' % of its identities'
                    )
                )
            ]
        ) AS found
{% endif %}
        UNION ALL
        SELECT
            found.1 AS experiment,
            found.2 AS flag,
            found.3 AS explanation
        FROM
        (
            SELECT arrayJoin({{ stated | indent(12) }}) AS found
        )
        UNION ALL
        SELECT
            arrayJoin({{ names }}) AS experiment,
            'ok' AS flag,
            'No red flag' AS explanation
    )
SELECT
    experiment,
    found.1 AS flag,
    found.2 AS explanation
FROM
(
    SELECT
        experiment,
        groupArray((flag, explanation)) AS flags
    FROM {{ p }}flags
    GROUP BY experiment
)
ARRAY JOIN if(length(flags) = 1, flags, arrayFilter(one -> one.1 != 'ok', flags)) AS found
