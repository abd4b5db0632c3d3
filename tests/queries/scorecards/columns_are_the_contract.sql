-- Names, types and order of the columns of every view.
-- Breaks when: a column is renamed, retyped or moved; clients and stored results follow these.

SELECT *
FROM experiment_exposures(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000'
)
LIMIT 0
FORMAT TabSeparatedWithNamesAndTypes;

SELECT *
FROM experiment_exposure_timeseries(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000'
)
LIMIT 0
FORMAT TabSeparatedWithNamesAndTypes;

SELECT *
FROM experiment_traffic(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    expected_shares = map()
)
LIMIT 0
FORMAT TabSeparatedWithNamesAndTypes;

SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'sum', false)]
)
LIMIT 0
FORMAT TabSeparatedWithNamesAndTypes;

SELECT *
FROM experiment_results(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'sum', false)],
    expected_shares = map(),
    options = ''
)
LIMIT 0
FORMAT TabSeparatedWithNamesAndTypes;

SELECT *
FROM experiment_summary(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'sum', false)],
    expected_shares = map(),
    options = ''
)
LIMIT 0
FORMAT TabSeparatedWithNamesAndTypes;
