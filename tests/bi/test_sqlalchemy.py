"""What a BI tool does with Scorecard, done by SQLAlchemy: list tables and columns, and read rows.

    python tests/bi/test_sqlalchemy.py DIR

DIR is what `make install PREFIX=DIR` made. The client is the chdb-sqlalchemy dialect on the embedded
ClickHouse. Scorecard is installed in the database `warehouse`, while the client stays in `default`, as BI
tools do: it names the database as a schema.
"""

import datetime
import os
import re
import shutil
import sys
import tempfile
import unittest
from urllib.parse import quote

import sqlalchemy

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "engine"))

import engine as engines  # noqa: E402

SCHEMA = "warehouse"

# 200 identities, every second in the treatment; of each arm, 20 and 40 buy.
SETUP = """
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'prod', '$flag_exposure', 'checkout', '2026-03-02 12:00:00', toString(number), if(number % 2 = 0, 'control', 'b')
FROM numbers(200);

INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'prod', 'purchase', '2026-03-03 12:00:00', toString(number), '10'
FROM numbers(200)
WHERE (number % 2 = 0 AND number < 40) OR (number % 2 = 1 AND number < 80);

INSERT INTO experiments (name, environment_key, feature_name, expected_shares, window_start, window_end, status) VALUES
    ('checkout 2026', 'prod', 'checkout', map('control', 1, 'b', 1), '2026-03-02 00:00:00', '2026-03-16 00:00:00', 'completed'),
    ('checkout again', 'prod', 'checkout', map('control', 1, 'b', 1), '2026-03-02 00:00:00', '2026-03-16 00:00:00', 'running');

INSERT INTO metrics (metric_id, name, event, aggregation) VALUES (1, 'buyers', 'purchase', 'occurrence');

INSERT INTO experiment_metrics (experiment, metric_id, role) VALUES
    ('checkout 2026', 1, 'goal'),
    ('checkout again', 1, 'goal');

SYSTEM REFRESH VIEW experiment_results_refresh;

SYSTEM WAIT VIEW experiment_results_refresh;
"""

TABLES = ["events", "experiment_metrics", "experiment_results_history", "experiments", "metrics"]
VIEWS = ["experiment_health", "experiment_registry_problems", "experiment_results_latest"]

# Name, type and whether it may be NULL, as a table picker shows them.
HEALTH_COLUMNS = [
    ("experiment", "String", False),
    ("flag", "String", False),
    ("explanation", "String", False),
]
LATEST_COLUMNS = [
    ("computed_at", "DateTime64(3, 'UTC')", False),
    ("final", "Bool", False),
    ("experiment", "String", False),
    ("metric", "String", False),
    ("role", "LowCardinality(String)", False),
    ("metric_id", "UInt64", False),
    ("event", "String", False),
    ("aggregation", "LowCardinality(String)", False),
    ("lower_is_better", "Bool", False),
    ("variant", "String", False),
    ("n", "UInt64", False),
    ("sum", "Float64", False),
    ("sum_squares", "Float64", False),
    ("invalid_values", "UInt64", False),
    ("is_control", "Bool", False),
    ("mean", "Float64", True),
    ("variance", "Float64", True),
    ("lift", "Float64", True),
    ("ci_low", "Float64", True),
    ("ci_high", "Float64", True),
    ("chance_to_win", "Float64", True),
    ("verdict", "LowCardinality(String)", False),
    ("reason", "LowCardinality(String)", False),
    ("srm_p_value", "Float64", True),
    ("srm_verdict", "LowCardinality(String)", False),
    ("standard_error", "Float64", True),
    ("expected_loss", "Float64", True),
    ("difference", "Float64", True),
    ("difference_ci_low", "Float64", True),
    ("difference_ci_high", "Float64", True),
    ("p_value", "Float64", True),
    ("p_value_adjusted", "Float64", True),
    ("anytime_ci_low", "Float64", True),
    ("anytime_ci_high", "Float64", True),
    ("anytime_p_value", "Float64", True),
    ("chance_to_be_best", "Float64", True),
    ("minimum_detectable_effect", "Float64", True),
    ("mean_adjusted", "Float64", True),
    ("variance_adjusted", "Float64", True),
    ("variance_reduction", "Float64", True),
    ("chance_to_be_non_inferior", "Float64", True),
    ("srm_sequential_p_value", "Float64", True),
    ("window_start", "DateTime64(3, 'UTC')", False),
    ("window_end", "DateTime64(3, 'UTC')", False),
]


def connect(directory, prefix):
    """An engine of SQLAlchemy on the data in `directory`, with the functions of `prefix`."""
    config = os.path.join(os.path.abspath(prefix), "config", "local.xml")
    if not os.path.isfile(config):
        sys.exit(f"{prefix} holds no config/local.xml: run `make install PREFIX={prefix}`")
    # The dialect takes a path; what follows its question mark is for chDB.
    return sqlalchemy.create_engine("chdb:///" + quote(f"{directory}?config-file={config}"))


def install(database, prefix):
    """Scorecard in a database of its own, two experiments in it, and their results in the history."""
    with database.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {SCHEMA}")
        connection.exec_driver_sql(f"USE {SCHEMA}")
        directory = os.path.join(prefix, "sql")
        scripts = [os.path.join(directory, name) for name in sorted(os.listdir(directory))]
        for path in scripts:
            with open(path, encoding="utf-8") as script:
                for statement in engines.statements(script.read()):
                    connection.exec_driver_sql(statement)
        for statement in engines.statements(SETUP):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("USE default")


class TablePicker(unittest.TestCase):
    def setUp(self):
        self.inspector = sqlalchemy.inspect(DATABASE)

    def columns(self, name):
        columns = self.inspector.get_columns(name, schema=SCHEMA)
        shown = [(column["name"], self.clickhouse_type(column), column["nullable"]) for column in columns]
        return shown, {column["name"]: column["comment"] for column in columns}

    @staticmethod
    def clickhouse_type(column):
        name = column["type"].compile(dialect=DATABASE.dialect)
        name = re.sub(r"^Nullable\((.*)\)$", r"\1", name)
        low = column["info"]["chdb_low_cardinality"] and not name.startswith("LowCardinality(")
        return f"LowCardinality({name})" if low else name

    def test_finds_the_database(self):
        self.assertIn(SCHEMA, self.inspector.get_schema_names())

    def test_lists_the_tables(self):
        self.assertEqual(self.inspector.get_table_names(schema=SCHEMA), TABLES)

    def test_lists_the_views(self):
        listed = self.inspector.get_view_names(schema=SCHEMA)
        self.assertEqual([name for name in VIEWS if name not in listed], [])

    def test_lists_the_columns_of_the_latest_results(self):
        columns, comments = self.columns("experiment_results_latest")
        self.assertEqual(columns, LATEST_COLUMNS)
        self.assertEqual([name for name, comment in comments.items() if not comment], [])

    def test_lists_the_columns_of_the_history(self):
        columns, comments = self.columns("experiment_results_history")
        self.assertEqual(columns, LATEST_COLUMNS)
        self.assertEqual([name for name, comment in comments.items() if not comment], [])

    def test_lists_the_columns_of_the_health(self):
        columns, comments = self.columns("experiment_health")
        self.assertEqual(columns, HEALTH_COLUMNS)
        self.assertEqual([name for name, comment in comments.items() if not comment], [])


class Reading(unittest.TestCase):
    """From a reflected table, with expressions that SQLAlchemy turns into SQL, as BI tools do."""

    def rows(self, query):
        with DATABASE.connect() as connection:
            return connection.execute(query).mappings().all()

    @staticmethod
    def reflected(name):
        return sqlalchemy.Table(name, sqlalchemy.MetaData(), schema=SCHEMA, autoload_with=DATABASE)

    def test_the_latest_results_of_one_experiment(self):
        latest = self.reflected("experiment_results_latest")
        rows = self.rows(
            sqlalchemy.select(latest)
            .where(latest.c.experiment == "checkout 2026", latest.c.role == "goal")
            .order_by(latest.c.variant)
        )
        self.assertEqual([row["variant"] for row in rows], ["b", "control"])
        b, control = rows
        self.assertEqual((b["metric"], b["n"], b["mean"], b["lift"]), ("buyers", 100, 0.4, 1.0))
        self.assertEqual((control["n"], control["mean"], control["lift"]), (100, 0.2, None))
        self.assertEqual((b["verdict"], b["is_control"], b["final"]), ("winning", False, True))
        self.assertEqual((control["verdict"], control["is_control"]), ("control", True))
        self.assertTrue(b["ci_low"] < b["lift"] < b["ci_high"])
        self.assertEqual(b["window_end"].replace(tzinfo=None), datetime.datetime(2026, 3, 16))

    def test_the_latest_results_by_time_and_number(self):
        latest = self.reflected("experiment_results_latest")
        count = sqlalchemy.select(sqlalchemy.func.count().label("rows"))
        yesterday = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - datetime.timedelta(days=1)
        wins = count.where(latest.c.computed_at >= yesterday, latest.c.chance_to_win >= 0.95)
        self.assertEqual(self.rows(wins), [{"rows": 2}])
        self.assertEqual(self.rows(count.where(latest.c.computed_at < yesterday)), [{"rows": 0}])

    def test_the_history_grouped(self):
        history = self.reflected("experiment_results_history")
        # However often it was computed: the full hour may come and compute what is running once more.
        variants = sqlalchemy.func.count(sqlalchemy.distinct(history.c.variant)).label("variants")
        rows = self.rows(
            sqlalchemy.select(history.c.experiment, variants)
            .group_by(history.c.experiment)
            .order_by(history.c.experiment)
        )
        self.assertEqual(
            rows,
            [{"experiment": "checkout 2026", "variants": 2}, {"experiment": "checkout again", "variants": 2}],
        )

    def test_the_health(self):
        health = self.reflected("experiment_health")
        rows = self.rows(sqlalchemy.select(health).where(health.c.flag != "ok"))
        self.assertEqual([(row["experiment"], row["flag"]) for row in rows], [("checkout again", "window_over")])


def main():
    global DATABASE
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} DIR\n\nDIR is what `make install PREFIX=DIR` made.")
    prefix = sys.argv.pop()
    directory = tempfile.mkdtemp(prefix="scorecard-bi-")
    try:
        DATABASE = connect(directory, prefix)
        install(DATABASE, prefix)
        return 0 if unittest.main(exit=False).result.wasSuccessful() else 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    engines.leave(main())
