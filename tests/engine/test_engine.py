"""What the engine driver does around the engine: scripts, sessions and the plumbing of `clickhouse local`.

The program `clickhouse` is played by a stand-in that shows how it was called; chDB itself is tested by
every end-to-end test.
"""

import json
import os
import stat
import subprocess
import sys
import tempfile
import unittest

import engine as engines

# Answers with its arguments and its input, and fails when the input has `broken` in it.
STAND_IN = """#!{python}
import sys
sql = sys.stdin.read()
print("noise on stderr", file=sys.stderr)
if "broken" in sql:
    sys.exit("Code: 62. DB::Exception: broken")
print(sys.argv[1:], repr(sql))
"""


class Statements(unittest.TestCase):
    def test_end_at_a_semicolon_at_the_end_of_a_line(self):
        script = "SELECT ';',\n    1;  \n\n-- a comment;\nSELECT 2;\n-- the end\n"
        self.assertEqual(engines.statements(script), ["SELECT ';',\n    1", "-- a comment;\nSELECT 2"])

    def test_need_no_semicolon_at_the_very_end(self):
        self.assertEqual(engines.statements("SELECT 1;\nSELECT 2"), ["SELECT 1", "SELECT 2"])


class SessionStatements(unittest.TestCase):
    def test_are_told_from_others_behind_comments(self):
        for sql in ["USE a", "-- why\nSET x = 1", "/* why */ use a"]:
            self.assertTrue(engines.SESSION_STATEMENT.match(sql), sql)
        for sql in ["SELECT 'USE a'", "-- USE a\nSELECT 1", "SETTINGS", "INSERT INTO a VALUES (1)"]:
            self.assertFalse(engines.SESSION_STATEMENT.match(sql), sql)


class LocalEngine(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        binary = os.path.join(directory.name, "click house")
        with open(binary, "w", encoding="utf-8") as file:
            file.write(STAND_IN.format(python=sys.executable))
        os.chmod(binary, os.stat(binary).st_mode | stat.S_IXUSR)
        self.engine = engines.LocalEngine("/prefix", binary)
        self.addCleanup(self.engine.close)

    def test_runs_one_process_a_statement_on_one_directory(self):
        answers = {self.engine.query("SELECT 1;", "TSV") for _ in range(2)}
        self.assertEqual(len(answers), 1)
        answer = answers.pop()
        self.assertIn("'local', '--config-file', '/prefix/config/local.xml', '--path', ", answer)
        self.assertIn("'--output-format', 'TSV'] 'SELECT 1\\n;\\n'", answer)

    def test_repeats_what_changed_the_session_until_reset(self):
        self.engine.query("USE a")
        self.engine.query("SET x = 1")
        self.assertIn("'USE a\\n;\\nSET x = 1\\n;\\nSELECT 1\\n;\\n'", self.engine.query("SELECT 1"))
        self.engine.reset()
        self.assertIn("] 'SELECT 1\\n;\\n'", self.engine.query("SELECT 1"))

    def test_gives_the_message_of_a_failure_and_forgets_the_statement(self):
        with self.assertRaisesRegex(engines.EngineError, "DB::Exception: broken"):
            self.engine.query("USE broken")
        self.assertIn("] 'SELECT 1\\n;\\n'", self.engine.query("SELECT 1"))

    def test_removes_its_directory(self):
        self.assertTrue(os.path.isdir(self.engine._directory))
        self.engine.close()
        self.assertFalse(os.path.exists(self.engine._directory))


class Driver(unittest.TestCase):
    def test_says_in_one_line_why_it_does_not_start(self):
        with tempfile.TemporaryDirectory() as empty:
            done = subprocess.run(
                [sys.executable, engines.__file__, "--prefix", empty], stdin=subprocess.DEVNULL, capture_output=True
            )
        self.assertEqual(done.returncode, 1)
        self.assertIn("run `make install PREFIX=", json.loads(done.stdout)["error"])

    def test_keeps_what_others_print_out_of_the_answers(self):
        program = (
            "import os, sys, engine\n"
            "requests, answers = engine.take_standard_streams()\n"
            "os.system('echo from a child; cat')\n"
            "print('from python', flush=True)\n"
            "answers.write(requests.readline()); answers.flush()\n"
        )
        directory = os.path.dirname(os.path.abspath(engines.__file__))
        done = subprocess.run(
            [sys.executable, "-c", program], input=b"a line\n", cwd=directory, capture_output=True
        )
        self.assertEqual(done.stdout, b"a line\n")
        self.assertEqual(done.stderr.split(b"\n"), [b"from a child", b"from python", b""])


if __name__ == "__main__":
    unittest.main()
