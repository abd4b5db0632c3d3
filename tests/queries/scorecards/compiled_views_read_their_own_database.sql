-- A compiled view reads the events and tables of the database it is in, whatever database is the current one; the
-- refresh too.
-- Breaks when: a view calls a parameterized view, or a statement of the script is kept as text and run later.
DROP DATABASE IF EXISTS t_elsewhere;
CREATE DATABASE t_elsewhere;
CREATE TABLE orders (user String, at DateTime('UTC'), amount Float64) ENGINE = MergeTree ORDER BY at;
INSERT INTO orders VALUES ('x', '2024-01-01 02:00:00', 5);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00', 'x', 'control');
-- compile: compiled_views_read_their_own_database.yaml
USE t_elsewhere;
SYSTEM REFRESH VIEW t_compiled_views_read_their_own_database.experiment_results_refresh;
SYSTEM WAIT VIEW t_compiled_views_read_their_own_database.experiment_results_refresh;
SELECT experiment, metric, variant, n, sum FROM t_compiled_views_read_their_own_database.experiment_scorecard;
SELECT experiment, metric, variant, n, sum FROM t_compiled_views_read_their_own_database.experiment_scorecard_y;
SELECT experiment, metric, day, n, sum FROM t_compiled_views_read_their_own_database.experiment_results_by_day ORDER BY metric, day LIMIT 2;
SELECT experiment, variant, identities FROM t_compiled_views_read_their_own_database.experiment_scorecard_traffic;
SELECT experiment, identifier FROM t_compiled_views_read_their_own_database.experiment_scorecard_exposures;
SELECT experiment, flag FROM t_compiled_views_read_their_own_database.experiment_health ORDER BY flag;
SELECT experiment, metric, final, sum FROM t_compiled_views_read_their_own_database.experiment_results_latest;
-- Another set of definitions in another database leaves these alone: what is not defined there is not left over here.
-- compile: columns_of_nothing.yaml
SELECT flag, explanation FROM t_elsewhere.experiment_health;
SELECT experiment, flag FROM t_compiled_views_read_their_own_database.experiment_health ORDER BY flag;
DROP DATABASE t_elsewhere;
