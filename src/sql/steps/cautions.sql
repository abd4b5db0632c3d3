SELECT
    experiment,
    caution AS flag,
    concat(
        'Of ', arrayStringConcat(arraySort(groupArray(concat(metric, ' (', variant, ')'))), ', '),
        ', as stored at ', toString(max(computed_at)), ' UTC: ',
        transform(caution, {{ codes }}, {{ meanings }}, '')
    ) AS explanation
FROM experiment_results_latest
-- Values that are no numbers are told with their rows.
WHERE caution IN ({{ codes }}) AND dimension = '' AND experiment IN ({{ running }})
GROUP BY
    experiment,
    caution
