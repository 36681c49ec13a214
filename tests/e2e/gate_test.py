"""Exit statuses and one-line errors of the gate, with programs compiled by gosan-c++ and by the plain compiler."""
import os
import signal

import workbench

RACE = """
#include <gosan/gosan.hpp>
int shared;
void writer(gosan::chan<void> done) { shared = 1; done.send(); }
int main() {
  auto done = gosan::make_chan<void>(1);
  gosan::go(writer, done);
  int seen = shared;
  done.recv();
  return seen > 1;
}
"""
NO_RACE = RACE.replace("int seen = shared;\n  done.recv();", "done.recv();\n  int seen = shared;")
LEAK = """
#include <gosan/gosan.hpp>
void stuck(gosan::chan<int> c) { c.recv(); }
int main() {
  auto c = gosan::make_chan<int>();
  for (int i = 0; i < 3; ++i) gosan::go(stuck, c);
}
"""
NO_LEAK = LEAK.replace("gosan::go(stuck, c);", "gosan::go(stuck, c);\n  for (int i = 0; i < 3; ++i) c.send(i);")
DEADLOCK = """
#include <gosan/gosan.hpp>
int main() { gosan::make_chan<int>().send(1); }
"""
STATUS = "int main() { return 7; }\n"
DIES = "#include <csignal>\nint main() { std::raise(SIGSEGV); }\n"
VANISHES = "#include <csignal>\nint main() { std::raise(SIGKILL); }\n"


class Gate(workbench.Case):
    def gate_text(self, text, *options, **more):
        program, _ = self.compile(text)
        return self.gate(program, *options, **more)

    def assert_one_line(self, done, *parts):
        lines = [line for line in done.stderr.splitlines() if line.startswith("gosan: ")]
        self.assertEqual(len(lines), 1, done.stderr)
        for part in parts:
            self.assertIn(part, lines[0])

    def test_race_has_both_sides(self):
        done, findings = self.gate_text(RACE)
        self.assertEqual(done.returncode, 66, done.stderr)
        self.assertEqual([f["kind"] for f in findings], ["data-race"])
        sides = [self.functions_of(p) for p in findings[0]["parties"][:2]]
        self.assertTrue(any("writer" in s for s in sides) and any("main" in s for s in sides), sides)
        writer = next(p for p in findings[0]["parties"] if "writer" in self.functions_of(p))
        self.assertTrue(any("main" in f.get("function", "") for f in writer["created_at"]), writer)

    def test_ordered_twin_is_silent(self):
        done, findings = self.gate_text(NO_RACE)
        self.assertEqual((done.returncode, findings, done.stderr), (0, [], ""))

    def test_leak_is_grouped(self):
        done, findings = self.gate_text(LEAK)
        self.assertEqual(done.returncode, 66, done.stderr)
        self.assertEqual([(f["kind"], f["count"]) for f in findings], [("goroutine-leak", 3)])
        self.assertIn("stuck", self.functions_of(findings[0]["parties"][0]))

    def test_leak_twin_is_silent(self):
        done, findings = self.gate_text(NO_LEAK)
        self.assertEqual((done.returncode, findings, done.stderr), (0, [], ""))

    def test_fail_on_none_keeps_the_findings(self):
        done, findings = self.gate_text(LEAK, "--fail-on", "none")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(findings), 1)

    def test_deadlock(self):
        program, _ = self.compile(DEADLOCK)
        alone = workbench.run(program)
        self.assertEqual(alone.returncode, 2, alone.stderr)
        self.assertIn("all goroutines are asleep - deadlock!", alone.stderr)
        done, findings = self.gate(program)
        self.assertEqual(done.returncode, 66, done.stderr)
        self.assertIn("deadlock", [f["kind"] for f in findings])

    def test_own_status_of_the_program(self):
        done, findings = self.gate_text(STATUS)
        self.assertEqual((done.returncode, findings), (7, []))

    def test_program_without_instrumentation_fails_closed(self):
        program, _ = self.compile("int main() {}\n", compiler="clang++-19")
        done, _ = self.gate(program)
        self.assertEqual(done.returncode, 3)
        self.assert_one_line(done, "program", "not instrumented")

    def test_program_that_dies_by_a_signal(self):
        done, findings = self.gate_text(DIES)
        self.assertEqual(done.returncode, 128 + signal.SIGSEGV)
        self.assert_one_line(done, "SIGSEGV")
        self.assertEqual(findings, [])

    def test_program_that_is_killed_before_reporting_fails_closed(self):
        done, _ = self.gate_text(VANISHES)
        self.assertEqual(done.returncode, 3)
        self.assert_one_line(done, "SIGKILL")

    def test_missing_program(self):
        done, _ = self.gate(self.path / "nobody")
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done, "nobody")

    def test_unknown_option(self):
        done = workbench.run(workbench.GOSAN, "run", "--frobnicate", "--", "true")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--frobnicate", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_unwritable_report_names_it_and_loses_nothing(self):
        program, _ = self.compile(LEAK)
        where = self.path / "no" / "such" / "folder.json"
        done = workbench.run(workbench.GOSAN, "run", "--report", f"json:{where}", "--", program)
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done, str(where))

    def test_bad_option_in_the_environment(self):
        program, _ = self.compile(NO_LEAK)
        done = workbench.run(program, env={**os.environ, "GOSAN_OPTIONS": "gomaxprox=1"})
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done, "gomaxprox")

    def test_without_gosan_run_the_program_reports_itself(self):
        program, _ = self.compile(LEAK)
        done = workbench.run(program)
        self.assertEqual(done.returncode, 66, done.stderr)
        self.assertIn("goroutine-leak", done.stderr)
        self.assertIn("stuck", done.stderr)


if __name__ == "__main__":
    workbench.main()
