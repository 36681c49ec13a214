"""Recording by a real program: what is in the file, what survives, what is said when it cannot be written."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

GOSAN, PROGRAM = sys.argv[1:3]


class Record(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gosan-trace-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        self.file = self.path / "t.trace"

    def record(self, *way, options="", **more):
        env = {**os.environ, "GOSAN_OPTIONS": f"trace={self.file}" + options}
        return subprocess.run([PROGRAM, *way], env=env, capture_output=True, text=True, timeout=60, **more)

    def gosan(self, *arguments):
        return subprocess.run([GOSAN, *map(str, arguments)], capture_output=True, text=True, timeout=60, cwd=self.path)

    def lines(self, status=0):
        done = self.gosan("trace", "print", self.file)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout.splitlines()

    def count(self, lines, kind):
        return sum(f" {kind} " in line + " " for line in lines)

    def test_every_operation_is_there_once(self):
        self.assertEqual(self.record("pipeline", "500").returncode, 0)
        lines = self.lines()
        self.assertEqual(self.count(lines, "chan_sync"), 500)
        self.assertEqual(self.count(lines, "chan_close"), 1)
        self.assertEqual(self.count(lines, "lock_acquire"), 500)
        self.assertEqual(self.count(lines, "lock_release"), 500)
        self.assertTrue(any('"producer"' in line for line in lines))
        times = [float(line.split()[0]) for line in lines]
        self.assertEqual(times, sorted(times))

    def test_recording_from_code(self):
        done = subprocess.run([PROGRAM, "from_code", "100", self.file], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = self.lines()
        self.assertEqual(self.count(lines, "chan_sync"), 100)
        self.assertEqual(self.count(lines, "chan_close"), 1)

    def test_the_writers_thread_hides_no_other_when_it_has_ended(self):
        done = subprocess.run([PROGRAM, "after_recording", "0", self.file], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_locks_alternate_in_the_merged_order(self):
        self.record("pipeline", "2000")
        held = [line.split()[-1] and ("acquire" in line) for line in self.lines() if " lock_" in line]
        self.assertEqual(held, [True, False] * 2000)

    def test_messages_go_in_order_in_the_merged_order(self):
        for processors in (1, 2, 4):
            self.record("crowd", "40000", options=f":gomaxprocs={processors}")
            sent = received = 0
            for line in self.lines():
                kind, number = line.split(), re.search(r" a=(\d+)", line)
                if "chan_send" in kind:
                    self.assertEqual(int(number[1]) if number else 0, sent, line)
                    sent += 1
                if "chan_recv" in kind:
                    self.assertEqual(int(number[1]) if number else 0, received, line)
                    received += 1
                    self.assertLessEqual(received, sent, line)
            self.assertEqual((sent, received), (40000, 40000))

    def test_statistics(self):
        self.record("leak")
        done = self.gosan("trace", "stats", self.file)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('goroutine', done.stdout)
        self.assertRegex(done.stdout, r"chan receive on object \d+, still waiting")

    def test_exports(self):
        self.record("pipeline", "20")
        self.assertEqual(self.gosan("trace", "export", self.file, "-o", "t.json").returncode, 0)
        events = json.loads((self.path / "t.json").read_text())["traceEvents"]
        self.assertTrue(any(e["ph"] == "X" and e["dur"] >= 0 for e in events))
        self.assertEqual(sum(e["name"] == "chan_sync" for e in events), 20)
        std = self.gosan("trace", "export", self.file, "--format", "std").stdout
        self.assertRegex(std, r"(?m)^T\d+\|fork\(T\d+\)\|\d+$")
        self.assertEqual(std.count("|acq("), 20)

    def test_kill_loses_at_most_the_last_second(self):
        env = {**os.environ, "GOSAN_OPTIONS": f"trace={self.file}"}
        process = subprocess.Popen([PROGRAM, "killed", "300"], env=env, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.assertEqual(process.stdout.readline(), "worked\n")
        time.sleep(1)  # the promise under test is about time
        process.kill()
        process.wait()
        done = self.gosan("trace", "print", self.file)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no end mark", done.stderr)
        self.assertEqual(self.count(done.stdout.splitlines(), "chan_sync"), 300)

    def test_a_crash_loses_nothing(self):
        # Without a result file no handler is installed: gosan run is what asks for one.
        done = self.gosan("run", "--trace", self.file, "--report", "json", "--", PROGRAM, "crash", "300")
        self.assertEqual(done.returncode, 128 + signal.SIGSEGV, done.stderr)
        text = self.gosan("trace", "print", self.file)
        self.assertEqual(self.count(text.stdout.splitlines(), "chan_sync"), 300)

    def test_a_deadlock_is_recorded_to_its_end(self):
        self.record("deadlock")
        # Threads may start, and say so, until the very end.
        main = [line.split('"main"')[1].split()[0] for line in self.lines() if ' "main" ' in line]
        self.assertEqual(main[-1], "park")

    def assert_same_findings(self, *way):
        live = self.gosan("run", "--trace", self.file, "--report", "json:live.json", "--", PROGRAM, *way)
        again = self.gosan("analyze", self.file, "--report", "json:again.json")
        self.assertEqual((live.returncode, again.returncode), (66, 66), live.stderr + again.stderr)
        self.assertIn("exit status 66: 1 of 1 finding gates by --fail-on new:all\n", again.stderr)
        prints = [sorted((f["kind"], f["fingerprint"]) for f in json.loads((self.path / name).read_text())["findings"])
                  for name in ("live.json", "again.json")]
        self.assertEqual(prints[0], prints[1])
        self.assertEqual(len(prints[0]), 1)

    def test_analyze_finds_the_same_leak(self):
        self.assert_same_findings("leak")

    def test_who_sleeps_when_the_program_is_ended_is_not_asleep_for_ever(self):
        env = {**os.environ, "GOSAN_OPTIONS": f"trace={self.file}"}
        process = subprocess.Popen([PROGRAM, "sleeps", "10"], env=env, stdout=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), "worked\n")
        process.terminate()  # unlike kill, waits for the trace
        process.communicate()
        again = self.gosan("analyze", self.file, "--report", "json:again.json")
        self.assertIn(again.returncode, (0, 2), again.stderr)
        self.assertIn("sleep", self.gosan("trace", "print", self.file).stdout)
        self.assertEqual(json.loads((self.path / "again.json").read_text())["findings"], [])

    def test_analyze_finds_the_same_deadlock(self):
        self.assert_same_findings("deadlock")

    def test_analyze_finds_the_same_misuse(self):
        self.assert_same_findings("send_on_closed")

    def test_analyze_finds_the_same_lock_order(self):
        self.assert_same_findings("lock_order")

    def test_analyze_of_a_right_program_is_silent(self):
        self.record("pipeline")
        done = self.gosan("analyze", self.file)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_analyze_of_a_damaged_file_tells_what_it_could_read(self):
        self.record("leak")
        bytes = self.file.read_bytes()
        self.file.write_bytes(bytes[:-40] + b"x" * 100)
        done = self.gosan("analyze", self.file)
        self.assertEqual(done.returncode, 2)
        self.assertIn("offset", done.stderr)
        self.assertIn("goroutine-leak", done.stderr)
        self.assertIn("\nexit status 2: not all of the input could be read, and 1 of 1 finding gates by --fail-on new:all\n", done.stderr)
        done = self.gosan("analyze", self.file, "--fail-on", "none")
        self.assertEqual(done.returncode, 2)
        self.assertIn("goroutine-leak", done.stderr)
        self.assertNotIn("gate", done.stderr)

    def test_a_fork_does_no_harm(self):
        self.assertEqual(self.record("forks", "100").returncode, 0)
        self.assertEqual(self.count(self.lines(), "chan_sync"), 200)

    def test_two_processes_do_not_share_a_file(self):
        env = {**os.environ, "GOSAN_OPTIONS": f"trace={self.file}"}
        process = subprocess.Popen([PROGRAM, "killed", "10"], env=env, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.assertEqual(process.stdout.readline(), "worked\n")
        self.assertEqual(self.record("pipeline", "20").returncode, 0)
        process.kill()
        others = [p for p in self.path.iterdir() if p != self.file]
        self.assertEqual(len(others), 1)
        text = self.gosan("trace", "print", others[0]).stdout
        self.assertEqual(self.count(text.splitlines(), "chan_sync"), 20)

    def test_flight_recorder_keeps_the_end(self):
        self.assertEqual(self.record("pipeline", "200000", options=":trace_window=60000:trace_memory=300000").returncode, 0)
        self.assertLess(self.file.stat().st_size, 1_000_000)
        lines = self.lines()
        self.assertGreater(self.count(lines, "chan_sync"), 100)
        self.assertLess(self.count(lines, "chan_sync"), 200_000)
        self.assertEqual(self.count(lines, "chan_close"), 1)

    def test_full_disk_is_told_once_and_the_program_goes_on(self):
        self.file = pathlib.Path("/dev/full")
        done = self.record("pipeline", "300")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr.count("No space left on device"), 1)

    def test_folder_that_is_not_there(self):
        self.file = self.path / "no" / "t.trace"
        done = self.record("pipeline")
        self.assertEqual(done.returncode, 0)
        self.assertIn(str(self.file), done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_folder_that_vanishes(self):
        env = {**os.environ, "GOSAN_OPTIONS": f"trace={self.file}"}
        process = subprocess.Popen([PROGRAM, "killed", "10"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), "worked\n")
        self.file.unlink()
        self.assertIn("t.trace': No such file or directory", process.stderr.readline())
        process.kill()
        process.communicate()

    def test_used_wrongly(self):
        self.file.write_bytes(b"")
        for arguments, part in [(["print", self.file], "offset 0: the file is empty"), (["stats", GOSAN], "offset 0: no trace"),
                                (["print", "missing"], "'missing'"), (["print", self.path], "no file"), (["dance"], "dance"),
                                (["export", self.file, "--format", "x"], "'x'")]:
            done = self.gosan("trace", *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertIn(part, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
