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
import subprocess
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
EVENTS = """
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'prod', '$flag_exposure', 'checkout', '2026-03-02 12:00:00', toString(number), if(number % 2 = 0, 'control', 'b')
FROM numbers(200);

INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'prod', 'purchase', '2026-03-03 12:00:00', toString(number), '10'
FROM numbers(200)
WHERE (number % 2 = 0 AND number < 40) OR (number % 2 = 1 AND number < 80);
"""

DEFINITIONS = """
version: 1
metrics:
  - {name: buyers, description: Share of shoppers who buy, type: occurrence, event: purchase}
experiments:
  - name: checkout 2026
    environment: prod
    feature: checkout
    shares: {control: 1, b: 1}
    start: 2026-03-02
    end: 2026-03-16
    status: completed
    metrics: {goals: [buyers]}
  - name: checkout again
    environment: prod
    feature: checkout
    shares: {control: 1, b: 1}
    start: 2026-03-02
    end: 2026-03-16
    metrics: {goals: [buyers]}
"""

REFRESH = """
SYSTEM REFRESH VIEW experiment_results_refresh;

SYSTEM WAIT VIEW experiment_results_refresh;
"""

TABLES = [
    "events",
    "experiment_metrics",
    "experiment_results_history",
    "experiment_results_retakes",
    "experiments",
    "metrics",
]
VIEWS = [
    "experiment_health",
    "experiment_results_by_day",
    "experiment_results_by_day_checkout 2026",
    "experiment_results_latest",
    "experiment_scorecard",
    "experiment_scorecard_checkout 2026",
    "experiment_scorecard_exposures",
    "experiment_scorecard_traffic",
]

# Name, type and whether it may be NULL, as a table picker shows them.
HEALTH_COLUMNS = [
    ("experiment", "String", False),
    ("flag", "String", False),
    ("explanation", "String", False),
]
STORED_COLUMNS = [
    ("computed_at", "DateTime64(3, 'UTC')", False),
    ("final", "Bool", False),
    ("definition", "UInt64", False),
    ("definition_version", "UInt8", False),
]
SCORECARD_COLUMNS = [
    ("experiment", "String", False),
    ("metric", "String", False),
    ("role", "LowCardinality(String)", False),
    ("dimension", "String", False),
    ("segment", "String", False),
    ("type", "LowCardinality(String)", False),
    ("lower_is_better", "Bool", False),
    ("variant", "String", False),
    ("n", "UInt64", False),
    ("sum", "Float64", True),
    ("sum_squares", "Float64", True),
    ("denominator_sum", "Float64", True),
    ("denominator_sum_squares", "Float64", True),
    ("denominator_product", "Float64", True),
    ("covariate_sum", "Float64", True),
    ("covariate_sum_squares", "Float64", True),
    ("covariate_product", "Float64", True),
    ("quantile", "Float64", True),
    ("quantile_standard_error", "Float64", True),
    ("cap_lower", "Float64", True),
    ("cap_upper", "Float64", True),
    ("denominator_cap_lower", "Float64", True),
    ("denominator_cap_upper", "Float64", True),
    ("covariate_cap_lower", "Float64", True),
    ("covariate_cap_upper", "Float64", True),
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
    ("caution", "LowCardinality(String)", False),
    ("anytime_reason", "LowCardinality(String)", False),
    ("srm_p_value", "Float64", True),
    ("srm_verdict", "LowCardinality(String)", False),
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


def compiled(prefix):
    """The script that the definitions compile to."""
    program = os.path.join(prefix, "user_scripts", "scorecard")
    done = subprocess.run([program, "compile", "-"], input=DEFINITIONS.encode(), stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def install(database, prefix):
    """Scorecard in a database of its own, two experiments in it, and their results in the history."""
    directory = os.path.join(prefix, "sql")
    scripts = []
    for name in sorted(os.listdir(directory)):
        with open(os.path.join(directory, name), encoding="utf-8") as script:
            scripts.append(script.read())
    with database.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {SCHEMA}")
        connection.exec_driver_sql(f"USE {SCHEMA}")
        for script in [*scripts, EVENTS, compiled(prefix), REFRESH]:
            for statement in engines.statements(script):
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

    def assert_columns(self, name, expected):
        columns, comments = self.columns(name)
        self.assertEqual(columns, expected)
        self.assertEqual([name for name, comment in comments.items() if not comment], [])

    def test_lists_the_columns_of_the_scorecards(self):
        self.assert_columns("experiment_scorecard", SCORECARD_COLUMNS)
        self.assert_columns("experiment_scorecard_checkout 2026", SCORECARD_COLUMNS)

    def test_lists_the_columns_of_the_latest_results(self):
        self.assert_columns("experiment_results_latest", STORED_COLUMNS + SCORECARD_COLUMNS)

    def test_lists_the_columns_of_the_history(self):
        self.assert_columns("experiment_results_history", STORED_COLUMNS + SCORECARD_COLUMNS)

    def test_lists_the_columns_of_the_health(self):
        self.assert_columns("experiment_health", HEALTH_COLUMNS)


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

    def test_the_scorecard_as_of_now(self):
        scorecard = self.reflected("experiment_scorecard")
        rows = self.rows(sqlalchemy.select(scorecard).order_by(scorecard.c.variant))
        self.assertEqual([(row["experiment"], row["variant"]) for row in rows], [("checkout again", "b"), ("checkout again", "control")])
        # While it runs the verdict is the always-valid one, which asks for more than the same numbers at the end.
        self.assertEqual([(row["n"], row["sum"], row["verdict"]) for row in rows], [(100, 40, "inconclusive"), (100, 20, "control")])

    def test_the_result_by_day(self):
        by_day = self.reflected("experiment_results_by_day_checkout 2026")
        lifts = self.rows(sqlalchemy.select(by_day.c.day, by_day.c.lift).where(by_day.c.variant == "b").order_by(by_day.c.day))
        self.assertEqual(len(lifts), 14)
        self.assertEqual(lifts[-1], {"day": datetime.date(2026, 3, 15), "lift": 1.0})

    def test_a_result_joined_with_what_is_defined(self):
        latest, metrics = self.reflected("experiment_results_latest"), self.reflected("metrics")
        described = sqlalchemy.select(sqlalchemy.distinct(metrics.c.description).label("description")).join(
            latest, latest.c.metric == metrics.c.name
        )
        self.assertEqual(self.rows(described), [{"description": "Share of shoppers who buy"}])

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
        self.assertEqual([(row["experiment"], row["flag"]) for row in rows], [("checkout again", "means_not_settled"), ("checkout again", "window_over")])


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
