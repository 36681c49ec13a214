"""What the tests of the gosan command share: one folder per test, the command run in it, its one-line errors."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

GOSAN, FAKE = sys.argv[1:3]


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gosan-cli-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        self.env = {**os.environ, "TMPDIR": str(self.path / "tmp"), "GOSAN_SYMBOLIZER": "none"}
        (self.path / "tmp").mkdir()

    def gosan(self, *arguments):
        done = subprocess.run([GOSAN, *map(str, arguments)], cwd=self.path, env=self.env, capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(list((self.path / "tmp").iterdir()), [], "a temporary file was left")
        return done

    def run_fake(self, way, *options):
        return self.gosan("run", *options, "--", FAKE, way)

    def findings(self, name="gosan-findings.json"):
        return json.loads((self.path / name).read_text())["findings"]

    def assert_one_line(self, done, status, *parts):
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("gosan: "), done.stderr)
        for part in parts:
            self.assertIn(str(part), done.stderr)


def main():
    unittest.main(argv=sys.argv[:1], verbosity=2)
