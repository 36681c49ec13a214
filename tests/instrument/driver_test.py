#!/usr/bin/env python3
"""gosan-c++: what it passes on, what it adds, what it refuses. -### prints clang's jobs without running them."""
import argparse
import os
import subprocess
import tempfile
import unittest

DRIVER = None
FOLDER = tempfile.TemporaryDirectory()
for name in ("x.cpp", "x.o"):
    open(os.path.join(FOLDER.name, name), "w").close()


def run(*arguments, **environment):
    return subprocess.run([DRIVER, *arguments], capture_output=True, text=True, cwd=FOLDER.name,
                          env={**os.environ, **environment})


class Jobs(unittest.TestCase):
    def jobs(self, *arguments):
        done = run("-###", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def test_compiling_adds_the_pass_and_frame_pointers(self):
        jobs = self.jobs("-c", "x.cpp")
        self.assertIn("gosan_pass.so", jobs)
        self.assertIn("-mframe-pointer=all", jobs)
        self.assertIn("-std=c++20", jobs)
        self.assertIn("-debug-info-kind", jobs)
        self.assertNotIn("gosan_verify", jobs)

    def test_the_users_choice_stays(self):
        jobs = self.jobs("-c", "-std=c++23", "-g0", "x.cpp")
        self.assertIn("-std=c++23", jobs)
        self.assertNotIn("-std=c++20", jobs)
        self.assertNotIn("-debug-info-kind", jobs)

    def test_linking_adds_the_whole_recording_library(self):
        jobs = self.jobs("x.o")
        self.assertIn('"--whole-archive" "-lgosan_verify" "--no-whole-archive"', jobs)
        self.assertIn("--wrap=main", jobs)

    def test_nothing_is_linked_without_a_link_step(self):
        for step in ("-c", "-S", "-E", "-fsyntax-only", "-M"):
            self.assertNotIn("gosan_verify", self.jobs(step, "x.cpp"), step)

    def test_a_shared_object_takes_the_runtime_from_its_program(self):
        jobs = self.jobs("-shared", "-fPIC", "x.cpp")
        self.assertIn("gosan_pass.so", jobs)
        self.assertNotIn("gosan_verify", jobs)

    def test_a_value_is_no_input(self):
        self.assertNotIn("gosan_verify", run("-v", "-o", "x").stderr)

    def test_own_flags(self):
        self.assertNotIn("gosan_pass.so", self.jobs("-fgosan-no-races", "x.cpp"))
        self.assertNotIn("gosan_checks.so", self.jobs("-fgosan-no-checks", "x.cpp"))
        self.assertNotIn("--wrap=main", self.jobs("-fgosan-no-main", "x.cpp"))
        plain = self.jobs("-fgosan-plain", "x.cpp")
        self.assertIn('"-lgosan"', plain)
        self.assertNotIn("gosan_pass.so", plain)


    def test_warnings_of_the_checks_go_to_their_plugin(self):
        jobs = self.jobs("-c", "-Wgosan-double-lock", "-Wno-gosan-lost-cancel", "-Werror=gosan-*", "-Wno-error=gosan-lost-cancel", "x.cpp")
        for argument in ("checks=gosan-double-lock", "checks=-gosan-lost-cancel", "error=gosan-*", "error=-gosan-lost-cancel"):
            self.assertIn(f'"-plugin-arg-gosan" "{argument}"', jobs)
        self.assertNotIn("gosan-double-lock", self.jobs("-c", "-fgosan-no-checks", "-Wgosan-double-lock", "x.cpp"))


class Errors(unittest.TestCase):
    def test_unknown_flag(self):
        done = run("-fgosan-nonsense", "x.cpp")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("-fgosan-nonsense", done.stderr)

    def test_missing_compiler(self):
        done = run("x.cpp", GOSAN_CXX="/nowhere/clang++")
        self.assertEqual(done.returncode, 2)
        self.assertIn("/nowhere/clang++", done.stderr)

    def test_two_race_detectors(self):
        self.assertEqual(run("-fsanitize=thread", "x.cpp").returncode, 2)

    def test_help_names_every_flag(self):
        shown = run("--help").stdout
        for flag in ("-fgosan-no-races", "-fgosan-no-checks", "-fgosan-no-main", "-fgosan-plain", "-Werror=gosan-"):
            self.assertIn(flag, shown)


class Files(unittest.TestCase):
    def test_several_sources_and_warnings_as_errors(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a", "b"):
                with open(f"{folder}/{name}.cpp", "w") as source:
                    source.write(f"int {name}() {{ return 1; }}\n")
            done = subprocess.run([DRIVER, "-Wall", "-Werror", "-c", "a.cpp", "b.cpp"], cwd=folder, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(os.path.exists(f"{folder}/a.o") and os.path.exists(f"{folder}/b.o"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--driver", required=True)
    known, rest = parser.parse_known_args()
    DRIVER = known.driver
    unittest.main(argv=["driver_test.py", *rest])
