-- experiment_results_refresh: computes the scorecards that are due every hour and adds them to
-- experiment_results_history. A refreshable materialized view: ClickHouse runs it by itself.
--
-- Another interval: ALTER TABLE experiment_results_refresh MODIFY REFRESH EVERY 15 MINUTE APPEND. Now:
-- SYSTEM REFRESH VIEW experiment_results_refresh, and SYSTEM WAIT VIEW experiment_results_refresh to wait for
-- it. What became of the last one: system.view_refreshes. The first refresh comes with the next full hour,
-- not with the installation.
--
-- What is due is listed by experiment_results_due; with nothing due, nothing is added.
DROP VIEW IF EXISTS experiment_results_refresh;

CREATE MATERIALIZED VIEW experiment_results_refresh
REFRESH EVERY 1 HOUR APPEND
TO experiment_results_history
EMPTY
AS
SELECT
    now64(3, 'UTC') AS computed_at,
    experiment IN (SELECT name FROM experiments FINAL WHERE status = 'completed') AS final,
    *
FROM experiment_scorecard_due
