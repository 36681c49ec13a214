"""Which tests of the planted suite fail, and what they say."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SUITE, OWN_MAIN, PARALLEL, PLAIN, GOSAN = sys.argv[1:6]
DEADLOCKS = {"deadlocks.nobody_receives", "deadlocks.locked_twice", "deadlocks.of_a_global", "deadlocks.of_two",
             "deadlocks_of_a_fixture.in_its_constructor"}
PLANTED = {"planted.leak", "planted.two_leaks", "planted.send_on_closed", "planted.ignored_only_in_its_own_test", "planted.race",
           "planted.race_at_the_same_places",
           "planted.lock_order", "of/parameters.leak_when_one/1", "with_goroutine.is_never_asked", "assertions.fail_as_ever",
           "assertions.exceptions_fail_it", "assertions.in_another_goroutine", "scopes.go_with_their_goroutine",
           "cannot_set_up.body_is_not_run", "typed/1.leaks_a_long"}
NO_DEADLOCKS = "--gtest_filter=-deadlocks*:late.*"
EVERYTHING = "--gtest_filter=-late.*"


def run(program, *options, timeout=100, **environment):
    return subprocess.run([program, *options], capture_output=True, text=True, timeout=timeout, env={**os.environ, **environment})


def failed(done):
    return set(re.findall(r"^\[  FAILED  \] ([\w./]+)(?:, where .*)? \(\d+ ms\)$", done.stdout, re.M))


class GtestMain(unittest.TestCase):
    def test_the_right_tests_fail(self):
        done = run(SUITE, NO_DEADLOCKS)
        self.assertEqual(failed(done), PLANTED, done.stdout + done.stderr)
        self.assertNotEqual(done.returncode, 0)

    def test_in_any_order_and_with_deadlocks(self):
        for seed in range(1, 4):
            done = run(SUITE, EVERYTHING, "--gtest_shuffle", f"--gtest_random_seed={seed}")
            self.assertEqual(failed(done), PLANTED | DEADLOCKS, done.stdout + done.stderr)

    def test_repeated(self):
        done = run(SUITE, "--gtest_repeat=3", "--gtest_filter=planted.leak:planted.race:clean.*")
        for test in ("planted.leak", "planted.race"):
            self.assertEqual(len(re.findall(rf"^\[  FAILED  \] {test} \(", done.stdout, re.M)), 3, done.stdout)
        self.assertEqual(failed(done), {"planted.leak", "planted.race"})

    def test_filtered_clean_tests_pass(self):
        done = run(SUITE, "--gtest_filter=clean.*")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_failure_holds_the_report(self):
        text = run(SUITE, "--gtest_filter=planted.leak").stdout
        self.assertIn("goroutine-leak", text)
        self.assertRegex(text, r"stuck\(gosan::chan<int>\)  .*suite\.cpp:\d+")
        self.assertIn("in planted.leak", text)

    def test_each_failure_holds_its_report(self):
        text = run(SUITE, "--gtest_filter=planted.*").stdout
        for test, kind in {"race": "data-race", "lock_order": "lock-order", "send_on_closed": "send-on-closed"}.items():
            self.assertRegex(text, rf"(?s)RUN      \] planted\.{test}\n(?:(?! RUN ).)*{kind}(?:(?! RUN ).)*FAILED  \] planted\.{test} ")

    def test_a_deadlock_tells_who_waits_for_what(self):
        for test, kind in {"nobody_receives": "deadlock", "locked_twice": "double-lock", "of_a_global": "deadlock", "of_two": "partial-deadlock"}.items():
            text = run(SUITE, f"--gtest_filter=deadlocks.{test}").stdout
            self.assertRegex(text, rf"(?s){kind}.*in deadlocks\.{test}\n.*suite\.cpp:\d+")
            self.assertNotIn("goroutine-leak", text)

    def test_the_suite_goes_on_after_each_deadlock(self):
        for test in sorted(DEADLOCKS):
            done = run(SUITE, f"--gtest_filter={test}:clean.*:of/*", "--gtest_repeat=2")
            self.assertEqual(failed(done), {test, "of/parameters.leak_when_one/1"}, done.stdout + done.stderr)

    def test_scopes_are_the_goroutines(self):
        text = run(SUITE, "--gtest_filter=scopes.*").stdout
        told = re.findall(r"failure of (\d+)\n.*\n.*trace of (\d+)\n", text)
        self.assertEqual(sorted(told), sorted((str(g), str(g)) for g in range(16)), text)

    def test_shards_run_everything_once(self):
        done = [run(SUITE, NO_DEADLOCKS, GTEST_TOTAL_SHARDS="3", GTEST_SHARD_INDEX=str(i)) for i in range(3)]
        lists = [failed(d) for d in done]
        self.assertEqual(sum(map(len, lists)), len(PLANTED))
        self.assertEqual(set.union(*lists), PLANTED)

    def test_a_finding_of_a_test_that_is_over_fails_the_run(self):
        done = run(SUITE, "--gtest_filter=late.*")
        self.assertEqual(failed(done), set(), done.stdout)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"(?s)over already.*send-on-closed.*in late\.leaves_one")

    def test_what_the_gate_lets_pass_fails_no_test(self):
        done = run(SUITE, "--gtest_filter=planted.*", GOSAN_OPTIONS="fail_on=data-race")
        self.assertEqual(failed(done), {"planted.race", "planted.race_at_the_same_places"}, done.stdout + done.stderr)
        with tempfile.TemporaryDirectory() as name:
            base, report = pathlib.Path(name) / "base.json", pathlib.Path(name) / "r.json"
            done = run(GOSAN, "run", "--report", f"json:{report}", "--", SUITE, "--gtest_filter=planted.leak:planted.race")
            self.assertEqual(done.returncode, 66, done.stderr)
            self.assertEqual(run(GOSAN, "baseline", report, "-o", base).returncode, 0)
            done = run(GOSAN, "run", "--baseline", base, "--", SUITE, "--gtest_filter=planted.leak:planted.race:clean.*")
            self.assertEqual((failed(done), done.returncode), (set(), 0), done.stdout + done.stderr)
            self.assertIn("2 known by the baseline", done.stderr)

    def test_death_tests_leave_the_result_of_a_run_whole(self):
        done = run(GOSAN, "run", "--", SUITE, "--gtest_filter=clean*")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def test_a_suite_with_its_own_main(self):
        done = run(OWN_MAIN)
        self.assertEqual(failed(done), {"own_main.leak"}, done.stdout + done.stderr)
        self.assertIn("set up once", done.stdout)

    def test_plain_library(self):
        done = run(PLAIN)
        self.assertEqual(failed(done), {"own_main.leak"}, done.stdout + done.stderr)


class Parallel(unittest.TestCase):
    def check(self, done, count, others):
        names = {f"many.test_{i}_{what}" for i in range(count) for what in [WAYS[i % len(WAYS)]]}
        wanted = {n for n in names if not n.endswith("_clean")} | others
        self.assertEqual(failed(done) ^ wanted, set(), done.stdout[-3000:] + done.stderr[-3000:])
        self.assertNotIn("WRONG", done.stdout)
        for i in range(count):  # what it tells is its own
            told = re.search(rf"(?s)RUN      \] many\.test_{i}_(?:(?! RUN ).)*many\.test_{i}_", done.stdout)[0]
            numbers = set(re.findall(r"number (\d+)", told))
            self.assertEqual(numbers, {str(i)} if WAYS[i % len(WAYS)] != "clean" else set(), told)

    def test_each_is_told_to_its_own_test(self):
        done = run(PARALLEL, timeout=280, GOSAN_PARALLEL_TESTS=str(COUNT))
        self.check(done, COUNT, OTHERS)
        self.assertIn(f"[==========] {COUNT + len(OTHERS) + CLEAN_OTHERS} tests", done.stdout)

    def test_shuffled_and_with_other_numbers_of_processors(self):
        for n in (1, 8):
            done = run(PARALLEL, "--gtest_filter=many.test_?_*:many.test_??_*", "--gtest_shuffle", "--gtest_random_seed=7",
                       GOSAN_OPTIONS=f"gomaxprocs={n}")
            self.check(done, 100, set())

    def test_properties_are_of_their_test(self):
        with tempfile.TemporaryDirectory() as name:
            out = pathlib.Path(name) / "out.xml"
            run(PARALLEL, "--gtest_filter=many.test_?_*", f"--gtest_output=xml:{out}")
            self.assertEqual(sorted(re.findall(r'name="test_(\d)_|name="number" value="(\d)"', out.read_text())),
                             sorted([(str(i), "") for i in range(10)] + [("", str(i)) for i in range(10)]))


COUNT = int(os.environ.get("GOSAN_PARALLEL_TESTS", 300))  # 1000 takes minutes where others are at work
WAYS = ["clean", "leak", "assertion", "misuse", "fatal"]
OTHERS = {"with_state.fails", "parallel_deadlocks.locked_twice"}
CLEAN_OTHERS = 7

if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
