"""gosan selfcheck of the build tree: a line per planted mistake, and status 3 when one is not caught."""
import os
import subprocess
import sys
import unittest

GOSAN = sys.argv[1]
KINDS = ["data-race", "goroutine-leak", "deadlock"]


def selfcheck(**environment):
    return subprocess.run([GOSAN, "selfcheck"], capture_output=True, text=True, timeout=200, env={**os.environ, **environment})


class Selfcheck(unittest.TestCase):
    def test_each_is_caught(self):
        done = selfcheck()
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertEqual([line.split() for line in done.stdout.splitlines()],
                         [[kind, "caught;", "its", "right", "twin", "passes"] for kind in KINDS])

    def test_one_that_is_not_caught_gives_status_3(self):
        done = selfcheck(GOSAN_OPTIONS="detect=leak,deadlock")
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        race, leak, deadlock = done.stdout.splitlines()
        self.assertRegex(race, r"^data-race +MISSED: ")
        self.assertRegex(leak, r"^goroutine-leak +caught; ")
        self.assertRegex(deadlock, r"^deadlock +caught; ")
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_says_why_it_cannot_compile(self):
        done = selfcheck(PATH="/nowhere")
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        for line in done.stdout.splitlines():
            self.assertRegex(line, "could not compile it .status [0-9]+.: .*cannot run")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
