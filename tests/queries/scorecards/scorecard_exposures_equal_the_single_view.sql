-- Each experiment's exposures are what experiment_exposures says for its feature and window, and there are as
-- many in each arm as the scorecard counts.
-- Breaks when: experiments share a quarantine, or the two count differently.
-- run: ../shared/four_experiments.sql
-- compile: ../shared/four_experiments.yaml
CREATE VIEW single AS
SELECT 'one' AS experiment, 'prod' AS environment, *
FROM experiment_exposures(environment_key = 'prod', feature_name = 'f', window_start = '2024-01-01 00:00:00', window_end = '2024-01-05 00:00:00')
UNION ALL
SELECT 'abroad' AS experiment, 'test' AS environment, *
FROM experiment_exposures(environment_key = 'test', feature_name = 'f', window_start = '2024-01-01 00:00:00', window_end = '2024-01-05 00:00:00');

SELECT
    experiment,
    count() AS rows,
    countIf(ours = theirs) AS equal,
    countIf(many.quarantined) AS quarantined
FROM
(
    SELECT
        experiment,
        identifier,
        quarantined,
        (environment, variant, quarantined, first_exposure) AS ours
    FROM experiment_scorecard_exposures
    WHERE experiment != 'two'
) AS many
FULL JOIN
(
    SELECT
        experiment,
        identifier,
        (environment, variant, quarantined, first_exposure) AS theirs
    FROM single
) AS single USING (experiment, identifier)
GROUP BY experiment
ORDER BY experiment;

SELECT
    experiment,
    variant,
    exposures.n = scorecard.n AS equal
FROM
(
    SELECT
        experiment,
        variant,
        count() AS n
    FROM experiment_scorecard_exposures
    WHERE NOT quarantined
    GROUP BY
        experiment,
        variant
) AS exposures
FULL JOIN
(
    SELECT
        experiment,
        variant,
        any(n) AS n
    FROM experiment_scorecard
    GROUP BY
        experiment,
        variant
) AS scorecard USING (experiment, variant)
ORDER BY
    experiment,
    variant;
