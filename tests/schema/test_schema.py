"""What an editor makes of `scorecard schema`: it accepts what `scorecard check` accepts,
and refuses wrong keys and types.

    python tests/schema/test_schema.py PROGRAM

Files are read by a YAML 1.2 reader and validated by a validator of JSON Schema, neither of which is ours.
"""

import json
import pathlib
import subprocess
import sys
import typing
import unittest

import jsonschema
import ruamel.yaml

TESTS = pathlib.Path(__file__).resolve().parent.parent

# Files of definitions in the tests, those of the demo among them.
FILES = sorted(path for part in ("definitions", "compile", "demo") for path in (TESTS / part).glob("*.yaml"))


def scorecard(*arguments: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run([PROGRAM, *arguments], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def read(text: str) -> typing.Any:
    """The file as JSON has it, which has no dates."""
    yaml = ruamel.yaml.YAML(typ="safe", pure=True)
    yaml.constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)
    return yaml.load(text)


def metric(keys: str) -> str:
    return f"{{version: 1, metrics: [{{name: a, type: count, event: x{keys}}}]}}"


def experiment(keys: str) -> str:
    return f"{{version: 1, experiments: [{{name: a, environment: e, feature: f, start: 2026-03-01{keys}}}]}}"


WRONG_KEYS_AND_TYPES = [
    "{}",
    "{version: 1, metric: []}",
    metric(", colour: red"),
    metric(", window: {lenght: 7d}"),
    metric(", window: {length: 7}"),
    metric(", window: {length: 0d}"),
    metric(", at_least: '3'"),
    metric(", lower_is_better: 'yes'"),
    metric(", window: null"),
    metric(", options: {confidnce: 0.9}"),
    metric(", options: {control: a}"),
    metric(", filter: ''"),
    experiment(", status: done"),
    experiment(", end: tomorrow"),
    experiment(", shares: {a: 1}"),
    experiment(", shares: {a: 1, b: -1}"),
    experiment(", metrics: {goals: [{metric: a, type: sum}]}"),
    experiment(", metrics: {goals: [1]}"),
    experiment(", metrics: {goal: []}"),
]


class SchemaTest(unittest.TestCase):
    def setUp(self) -> None:
        self.schema = json.loads(scorecard("schema").stdout)
        self.validator = jsonschema.Draft202012Validator(self.schema)

    def test_is_a_schema(self) -> None:
        jsonschema.Draft202012Validator.check_schema(self.schema)

    def test_accepts_what_check_accepts(self) -> None:
        accepted = [path for path in FILES if scorecard("check", str(path)).returncode == 0]
        self.assertGreaterEqual(len(accepted), 30)
        for path in accepted:
            with self.subTest(path.name):
                errors = [error.message for error in self.validator.iter_errors(read(path.read_text()))]
                self.assertEqual(errors, [])

    def test_refuses_what_check_refuses_of_keys_and_types(self) -> None:
        for text in (metric(""), experiment("")):
            self.assertEqual(scorecard("check", "-", text=text).stderr, "")
            self.assertTrue(self.validator.is_valid(read(text)), text)
        for text in WRONG_KEYS_AND_TYPES:
            with self.subTest(text):
                self.assertEqual(scorecard("check", "-", text=text).returncode, 1)
                self.assertFalse(self.validator.is_valid(read(text)))


if __name__ == "__main__":
    PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
