-- Names, types and order of the columns of the views over the registry.
-- Breaks when: a column is renamed, retyped or moved; clients and stored results follow these.
SELECT * FROM experiment_registry_problems LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_scorecard_exposures(experiments = []) LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_scorecard_traffic(experiments = []) LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_scorecard(experiments = []) LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_scorecard_due LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_results_by_day(experiments = []) LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_results_due LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_results_history LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_results_latest LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_health LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
