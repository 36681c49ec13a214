#!/usr/bin/env python3
"""The GDB commands, on a live program and on its core file: gdb_test.py GDB SCRIPT TESTPROG."""

import os
import re
import resource
import subprocess
import sys
import tempfile
import unittest

GDB, SCRIPT, TESTPROG = sys.argv[1:4]


def gdb(*arguments, commands):
    words = [GDB, "-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex", "source " + SCRIPT]
    for command in commands:
        words += ["-ex", command]
    done = subprocess.run(words + list(arguments), capture_output=True, text=True, timeout=120)
    return done.stdout + done.stderr


class Live(unittest.TestCase):
    def setUp(self):
        # The deadlock's report ends in _exit: there everything is still to be seen.
        self.text = gdb(TESTPROG, commands=["break _exit", "run deadlock", "info goroutines", "goroutine all bt",
                                            "goroutine 99999 bt", "bt 1"])

    def test_lists_goroutines(self):
        self.assertRegex(self.text, r'goroutine \d+ "main" \[chan receive\] .*wait_for_ever.* at .*testprog\.cpp:\d+')
        self.assertRegex(self.text, r'goroutine \d+ "sleeper" \[chan receive\] .*wait_for_ever')

    def test_backtraces_end_at_the_first_frame(self):
        traces = self.text.split("\ngoroutine ")
        sleepers = [t for t in traces if "wait_for_ever" in t and t.count("#") >= 3]
        self.assertGreaterEqual(len(sleepers), 2)
        for trace in sleepers:
            self.assertIn("gosan_first_frame", trace)
            self.assertNotIn("corrupt", trace)

    def test_unknown_goroutine_is_an_error(self):
        self.assertIn("no goroutine 99999", self.text)

    def test_the_threads_own_registers_come_back(self):
        self.assertRegex(self.text, r"\n#0 .*_exit")


class Core(unittest.TestCase):
    def test_core_file(self):
        with open("/proc/sys/kernel/core_pattern") as f:
            if re.search(r"[|/%]", f.read()):
                self.skipTest("the system takes core files elsewhere")
        with tempfile.TemporaryDirectory() as folder:
            def allow_core():
                resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            subprocess.run([TESTPROG, "abort_with_goroutines"], cwd=folder, preexec_fn=allow_core, capture_output=True)
            cores = [n for n in os.listdir(folder) if n.startswith("core")]
            if not cores:
                self.skipTest("no core file was written")
            text = gdb(TESTPROG, os.path.join(folder, cores[0]), commands=["info goroutines", "goroutine all bt"])
            self.assertRegex(text, r'goroutine \d+ "sleeper" \[chan receive\] .*wait_for_ever')
            self.assertRegex(text, r"#\d+ .*wait_for_ever.* at .*testprog\.cpp:\d+")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
