"""gosan run: every exit status and every one-line error of the public interface."""
import json
import os
import signal
import stat
import subprocess

import command
from command import FAKE, GOSAN


class Status(command.Case):
    def test_clean_program_is_silent(self):
        done = self.run_fake("clean")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_own_status_of_the_program(self):
        self.assertEqual(self.run_fake("status").returncode, 7)

    def test_finding_is_gated_and_goes_to_standard_error(self):
        done = self.run_fake("race")
        self.assertEqual((done.returncode, done.stdout), (66, ""))
        self.assertIn("data-race: a planted finding in racer", done.stderr)
        self.assertIn("1 finding: 1 data-race", done.stderr)

    def test_finding_outweighs_the_programs_own_status(self):
        self.assertEqual(self.run_fake("race_status").returncode, 66)

    def test_finding_outweighs_a_missing_end(self):
        self.assertEqual(self.run_fake("race_no_end").returncode, 66)

    def test_not_instrumented(self):
        self.assert_one_line(self.run_fake("silent"), 3, FAKE, "not instrumented")

    def test_result_that_the_program_could_not_write(self):
        self.assert_one_line(self.run_fake("no_room"), 3, FAKE, "could not write its result")

    def test_full_folder_of_the_result(self):
        for size, said in ((4, "could not write its result"), (12, "ended before its detectors reported")):
            with self.subTest(said):
                script = (f"mount -t tmpfs -o size={size}k none tmp || exit 77; "
                          f"head -c {(size - 4) * 1024 or 4096} /dev/zero > tmp/filled; "
                          f"'{GOSAN}' run --fail-on none -- '{FAKE}' {'clean' if size == 4 else 'many'}")
                done = subprocess.run(["unshare", "-rm", "sh", "-c", script], cwd=self.path, env=self.env, capture_output=True, text=True)
                if done.returncode in (1, 77):
                    self.skipTest(f"no file system of its own here: {done.stderr}")
                self.assertEqual(done.returncode, 3, done.stderr)
                last = done.stderr.splitlines()[-1]
                self.assertIn(said, last)
                self.assertIn(f"no more can be written in '{self.path / 'tmp'}': No space left on device", last)

    def test_reports_of_what_was_not_verified_say_so(self):
        done = self.run_fake("silent", "--report", "junit:r.xml", "--report", "sarif:r.sarif", "--report", "json:r.json")
        self.assert_one_line(done, 3, "not instrumented")
        self.assertIn('errors="1"', (self.path / "r.xml").read_text())
        self.assertFalse(json.loads((self.path / "r.sarif").read_text())["runs"][0]["invocations"][0]["executionSuccessful"])
        self.assertIn("not instrumented", json.loads((self.path / "r.json").read_text())["unverified"])
        self.assert_one_line(self.gosan("report", "r.json", "--fail-on", "new:all", "-o", "out.txt"), 3, "not instrumented")
        self.run_fake("clean", "--report", "junit:r.xml", "--report", "sarif:r.sarif", "--report", "json:r.json")
        self.assertIn('errors="0"', (self.path / "r.xml").read_text())
        self.assertTrue(json.loads((self.path / "r.sarif").read_text())["runs"][0]["invocations"][0]["executionSuccessful"])
        self.assertNotIn("unverified", json.loads((self.path / "r.json").read_text()))

    def test_no_end_line(self):
        self.assert_one_line(self.run_fake("no_end"), 3, "/fake/program", "before its detectors reported")

    def test_killed_before_the_end_line(self):
        self.assert_one_line(self.run_fake("killed"), 3, "SIGKILL")

    def test_line_cut_short(self):
        self.assert_one_line(self.run_fake("cut_line"), 3, "/fake/program")

    def test_damaged_result(self):
        self.assert_one_line(self.run_fake("damaged"), 3, "damaged", "line 2")

    def test_result_of_a_future_version(self):
        self.assert_one_line(self.run_fake("future"), 3, "version 99")

    def test_signal_with_an_end_line(self):
        self.assert_one_line(self.run_fake("signal"), 128 + signal.SIGSEGV, "SIGSEGV")

    def test_finding_of_a_child_process(self):
        self.assertEqual(self.run_fake("child_leaks").returncode, 66)

    def test_child_process_without_an_end(self):
        self.assert_one_line(self.run_fake("child_crashes"), 3, "ended before")


class Used(command.Case):
    def test_wrongly(self):
        for arguments, part in [
            (["run", "--frobnicate", "--", "true"], "--frobnicate"),
            (["run", "--report", "xml", "--", "true"], "'xml'"),
            (["run", "--report", "json:", "--", "true"], "json:"),
            (["run", "--fail-on", "rust", "--", "true"], "'rust'"),
            (["run", "--fail-on", "data-race:proven", "--", "true"], "'data-race:proven'"),
            (["run", "--set", "gomaxprox=1", "--", "true"], "'gomaxprox'"),
            (["run", "--set", "gomaxprocs=many", "--", "true"], "'many'"),
            (["run", "--"], "no program given"),
            (["run"], "no program given"),
            (["run", "--", "nobody-has-this"], "nobody-has-this"),
            (["run", "--", self.path / "missing"], "missing"),
            (["run", "--", self.path], "directory"),
            (["frobnicate"], "frobnicate"),
            (["trace", "frobnicate"], "frobnicate"),
            ([], "subcommand"),
        ]:
            with self.subTest(arguments):
                self.assert_one_line(self.gosan(*arguments), 2, part)

    def test_bad_option_in_the_environment(self):
        self.env["GOSAN_OPTIONS"] = "gomaxprox=1"
        self.assert_one_line(self.run_fake("clean"), 2, "'gomaxprox'")

    def test_program_without_the_executable_bit(self):
        program = self.path / "program"
        program.write_text("#!/bin/sh\n")
        self.assert_one_line(self.gosan("run", "--", program), 2, "not executable")

    def test_program_in_no_executable_format(self):
        program = self.path / "program"
        program.write_text("neither ELF nor script\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.assert_one_line(self.gosan("run", "--", program), 2, program, "Exec format error")

    def test_options_reach_the_program_in_order(self):
        self.env["GOSAN_OPTIONS"] = "gomaxprocs=3"
        done = self.run_fake("options", "--set", "gomaxprocs=5", "--set", "perturb=9")
        self.assertRegex(done.stdout, r"^gomaxprocs=3:gomaxprocs=5:perturb=9:result=/.*\n$")

    def test_arguments_of_the_program_are_its_own(self):
        done = self.gosan("run", "--fail-on", "none", "--", FAKE, "race", "--frobnicate", "--", "--report")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_folder_with_a_colon(self):
        folder = self.path / "a:b"
        folder.mkdir()
        self.env["TMPDIR"] = str(folder)
        self.assertEqual(self.run_fake("race").returncode, 66)


class FailOn(command.Case):
    def test_words(self):
        for words, leak, race in [
            ("none", 0, 0), ("all", 66, 66), ("data-race", 0, 66), ("goroutine-leak", 66, 0), ("new:data-race", 0, 66),
            ("goroutine-leak:proven", 0, 0), ("goroutine-leak:alive", 66, 0), ("deadlock,data-race", 0, 66),
        ]:
            with self.subTest(words):
                self.assertEqual(self.run_fake("leak", "--fail-on", words).returncode, leak)
                self.assertEqual(self.run_fake("race", "--fail-on", words).returncode, race)

    def test_what_does_not_gate_is_still_told(self):
        done = self.run_fake("race", "--fail-on", "none", "--report", "json", "--report", "text")
        self.assertEqual(done.returncode, 0)
        self.assertEqual([f["kind"] for f in self.findings()], ["data-race"])
        self.assertIn("data-race", done.stderr)


class Report(command.Case):
    def test_every_format_at_once(self):
        done = self.run_fake("twice", "--report", "text:r.txt", "--report", "json:r.json", "--report", "sarif:r.sarif")
        self.assertEqual((done.returncode, done.stdout), (66, ""))
        self.assertEqual([(f["kind"], f["count"]) for f in self.findings("r.json")],
                         [("data-race", 2), ("goroutine-leak", 1)])
        self.assertIn("leaker.cpp:3", (self.path / "r.txt").read_text())
        self.assertNotIn("\x1b", (self.path / "r.txt").read_text())
        self.assertTrue((self.path / "r.sarif").exists())

    def test_path_that_cannot_be_written_is_found_before_the_program_starts(self):
        done = self.run_fake("options", "--report", "json:no/such/folder.json")
        self.assert_one_line(done, 2, "no/such/folder.json")
        self.assertEqual(done.stdout, "")

    def test_path_that_vanishes_loses_nothing(self):
        (self.path / "vanishing").mkdir()
        done = self.run_fake("report_vanishes", "--fail-on", "none", "--report", "json:vanishing/r.json")
        self.assertEqual(done.returncode, 2)
        self.assertIn("gosan: cannot write report 'vanishing/r.json'", done.stderr)
        self.assertIn("goroutine-leak", done.stderr)

    def test_older_report_is_replaced(self):
        (self.path / "r.json").write_text("old")
        self.run_fake("leak", "--report", "json:r.json")
        self.assertEqual(len(self.findings("r.json")), 1)

    def test_module_nobody_can_read(self):
        done = self.run_fake("symbols")
        self.assertEqual(done.returncode, 66)
        self.assertIn("module.so+0x1234", done.stderr)


class Interrupted(command.Case):
    def start(self, way):
        process = subprocess.Popen([GOSAN, "run", "--report", "json", "--", FAKE, way], cwd=self.path, env=self.env,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.addCleanup(process.communicate)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def test_ctrl_c_still_writes_what_was_found(self):
        process = self.start("interrupted")
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(process.wait(60), 66)
        self.assertEqual([f["kind"] for f in self.findings()], ["data-race"])

    def test_request_to_end_is_passed_on(self):
        process = self.start("terminated")
        process.terminate()
        self.assertEqual(process.wait(60), 128 + signal.SIGTERM)
        self.assertEqual(self.findings(), [])


if __name__ == "__main__":
    command.main()
