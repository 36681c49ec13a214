"""A new user's way: install, find_package(gosan), build, run, ctest -j with one findings file, baseline, gate.

  package_test.py CMAKE BUILD_FOLDER C_COMPILER CXX_COMPILER
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

CMAKE, BUILD, CC, CXX = sys.argv[1:5]
CTEST = str(pathlib.Path(CMAKE).with_name("ctest"))
PROJECT = pathlib.Path(__file__).with_name("project")


def run(*command, cwd=None):
    env = {k: v for k, v in os.environ.items() if k != "GOSAN_OPTIONS"}
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=200, cwd=cwd, env=env)


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="gosan-package-")
        cls.addClassCleanup(folder.cleanup)
        cls.path = pathlib.Path(folder.name)
        cls.prefix, cls.source, cls.build = cls.path / "prefix", cls.path / "project", cls.path / "build"
        cls.done(run(CMAKE, "--install", BUILD, "--prefix", cls.prefix))
        shutil.copytree(PROJECT, cls.source)
        cls.configure()
        cls.built = cls.done(run(CMAKE, "--build", cls.build))

    @classmethod
    def done(cls, process):
        if process.returncode:
            raise AssertionError(f"{process.args}\n{process.stdout[-5000:]}{process.stderr[-5000:]}")
        return process

    @classmethod
    def configure(cls):
        cls.done(run(CMAKE, "-S", cls.source, "-B", cls.build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={cls.prefix}", f"-DCMAKE_C_COMPILER={CC}",
                     f"-DCMAKE_CXX_COMPILER={CXX}", "-DCMAKE_BUILD_TYPE=RelWithDebInfo"))

    def gosan(self, *words):
        return run(self.prefix / "bin" / "gosan", *words, cwd=self.path)

    def ctest(self, *words):
        return run(CTEST, "--test-dir", self.build, "-j4", "--output-on-failure", *words)

    def failed(self, done):
        """Not passed, by ctest's list at the end."""
        return set(re.findall(r"^\s+\d+ - (\S+) \(Failed\)", done.stdout, re.M))

    def test_plain_and_verified_give_the_same(self):
        for program in ("plain", "verified"):
            done = run(self.build / program)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "10\n", ""))

    def test_only_the_verified_one_is_checked(self):
        done = self.gosan("run", "--", self.build / "verified", "leak")
        self.assertEqual(done.returncode, 66, done.stderr)
        self.assertRegex(done.stderr, r"goroutine-leak.*\n(.*\n)*.*counting\.cpp:\d+")
        done = self.gosan("run", "--", self.build / "plain", "leak")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertRegex(done.stderr, r"^gosan: .*not instrumented.*\n$")

    def test_installed_tools_find_their_parts(self):
        done = self.gosan("selfcheck")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_labels(self):
        done = self.ctest("-N", "-L", "unit", "-FA", ".")  # without the two that any of them brings with it
        self.assertEqual(re.findall(r"Test\s+#\d+: (\S+)", done.stdout), ["counting.sums_up", "counting.leaves_one_behind", "counting.again"])
        done = self.ctest("-N", "-L", "gosan")
        self.assertEqual(len(re.findall(r"Test\s+#\d+: ", done.stdout)), 7)

    def test_suite_findings_file_baseline_and_gate(self):
        wrong = {"counting.leaves_one_behind", "counting.again", "more.race"}
        done = self.ctest()
        self.assertEqual(self.failed(done), wrong | {"gosan_findings"}, done.stdout)
        self.assertIn("3 of 3 findings gate by --fail-on new:all", done.stdout)
        found = json.loads((self.build / "found.json").read_text())
        self.assertEqual(sorted((f["kind"], f["scope"]) for f in found["findings"]),
                         [("data-race", "more.race"), ("goroutine-leak", "counting.again"), ("goroutine-leak", "counting.leaves_one_behind")])
        self.assertEqual(len(found["processes"]), 5)
        self.assertTrue((self.build / "found.sarif").exists())

        with self.subTest("the file holds one run, not all of them"):
            done = self.ctest("-R", "counting.sums_up")
            self.assertEqual((done.returncode, self.failed(done)), (0, set()), done.stdout)
            self.assertEqual(len(json.loads((self.build / "found.json").read_text())["processes"]), 1)

        with self.subTest("accepted findings pass"):
            self.ctest()
            self.done(self.gosan("baseline", self.build / "found.json", "-o", self.source / "baseline.json", "--owner", "ann"))
            self.configure()
            done = self.ctest()
            self.assertEqual((done.returncode, self.failed(done)), (0, set()), done.stdout)

        with self.subTest("a new one fails its test and the gate"):
            text = (self.source / "more_tests.cpp").read_text()
            (self.source / "more_tests.cpp").write_text(text + "TEST(more, new_leak) {\n  gosan::go([c = gosan::make_chan<int>()] { c.recv(); });\n}\n")
            self.done(run(CMAKE, "--build", self.build))
            done = self.ctest()
            self.assertEqual(self.failed(done), {"more.new_leak", "gosan_findings"}, done.stdout)
            self.assertIn("1 of 4 findings gates", done.stdout)

        with self.subTest("a test that is killed is not clean"):
            (self.source / "more_tests.cpp").write_text(text + "#include <csignal>\nTEST(more, killed) { raise(SIGKILL); }\n")
            self.done(run(CMAKE, "--build", self.build))
            done = self.ctest()
            self.assertRegex(done.stdout, r"gosan: '.*more_tests' \(process \d+\) ended before its detectors reported")
            self.assertIn("gosan_findings", self.failed(done))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
