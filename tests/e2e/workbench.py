"""What the end-to-end tests share: the tools of a build, programs compiled from text, commands run with a time limit."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(sys.argv[1])
BUILD = pathlib.Path(sys.argv[2])
GOSAN = str(BUILD / "bin" / "gosan")
GOSAN_CXX = str(BUILD / "bin" / "gosan-c++")
TIME_LIMIT = 120


def run(*command, **options):
    options.setdefault("timeout", TIME_LIMIT)
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="gosan-e2e-")
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def compile(self, text, *flags, compiler=GOSAN_CXX, name="program"):
        source = self.path / (name + ".cpp")
        source.write_text(text)
        done = run(compiler, "-std=c++20", "-O1", *flags, source, "-o", self.path / name)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.path / name, done.stderr

    def gate(self, program, *options, **more):
        """Runs a program under `gosan run`; returns the finished process and the findings of its JSON report."""
        report = self.path / "findings.json"
        done = run(GOSAN, "run", "--report", f"json:{report}", *options, "--", program, **more)
        findings = json.loads(report.read_text())["findings"] if report.exists() else None
        return done, findings

    def functions_of(self, party):
        return " ".join(frame.get("function", "") for frame in party["stack"])


def main():
    unittest.main(argv=sys.argv[:1], verbosity=2)
