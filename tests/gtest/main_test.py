"""Which tests of the planted suite fail, and what they say."""
import re
import subprocess
import sys
import unittest

SUITE = sys.argv[1]
DEADLOCKS = {"deadlocks.nobody_receives", "deadlocks.locked_twice"}
PLANTED = {"planted.leak", "planted.two_leaks", "planted.send_on_closed", "planted.ignored_only_in_its_own_test", "planted.race",
           "planted.lock_order", "of/parameters.leak_when_one/1", "with_goroutine.is_never_asked", "assertions.fail_as_ever"}
NO_DEADLOCKS = "--gtest_filter=-deadlocks.*"


def run(program, *options):
    return subprocess.run([program, *options], capture_output=True, text=True, timeout=100)


def failed(done):
    return set(re.findall(r"^\[  FAILED  \] ([\w./]+)(?:, where .*)? \(\d+ ms\)$", done.stdout, re.M))


class GtestMain(unittest.TestCase):
    def test_the_right_tests_fail(self):
        done = run(SUITE, NO_DEADLOCKS)
        self.assertEqual(failed(done), PLANTED, done.stdout + done.stderr)
        self.assertNotEqual(done.returncode, 0)

    def test_in_any_order(self):
        for seed in range(1, 4):
            self.assertEqual(failed(run(SUITE, NO_DEADLOCKS, "--gtest_shuffle", f"--gtest_random_seed={seed}")), PLANTED)

    def test_repeated(self):
        done = run(SUITE, "--gtest_repeat=3", "--gtest_filter=planted.leak:clean.*")
        self.assertEqual(len(re.findall(r"^\[  FAILED  \] planted.leak \(", done.stdout, re.M)), 3, done.stdout)
        self.assertEqual(failed(done), {"planted.leak"})

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

    def test_the_suite_goes_on_after_a_deadlocked_test(self):
        for test in sorted(DEADLOCKS):
            done = run(SUITE, f"--gtest_filter={test}:clean.*:of/*", "--gtest_shuffle", "--gtest_random_seed=3")
            self.assertEqual(failed(done), {test, "of/parameters.leak_when_one/1"}, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
