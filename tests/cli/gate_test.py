"""Baseline and suppressions over runs, reports converted and merged, results appended by several runs."""
import json
import xml.etree.ElementTree

import command


class Gate(command.Case):
    def baseline(self, *options):
        return self.gosan("baseline", "gosan-findings.json", "-o", "base.json", *options)

    def accept(self, way, *options):
        self.run_fake(way, "--report", "json")
        done = self.baseline(*options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def test_accepted_findings_pass_and_are_counted(self):
        self.assertEqual(self.accept("twice", "--issue", "https://example.org/7", "--owner", "ann").stdout,
                         "base.json: 2 added, 0 kept, 0 removed\n")
        done = self.run_fake("twice", "--baseline", "base.json")
        self.assertEqual((done.returncode, done.stderr), (0, "2 known by the baseline\n"))

    def test_new_findings_fail(self):
        self.accept("race")
        done = self.run_fake("twice", "--baseline", "base.json")
        self.assertEqual(done.returncode, 66)
        self.assertIn("goroutine-leak", done.stderr)
        self.assertNotIn("data-race", done.stderr)

    def test_known_findings_fail_when_asked_for(self):
        self.accept("twice")
        for words, status in [("new:goroutine-leak,data-race", 66), ("new:data-race", 0), ("goroutine-leak", 66)]:
            done = self.run_fake("twice", "--baseline", "base.json", "--fail-on", words)
            self.assertEqual(done.returncode, status, words)

    def test_expired_entries_fail(self):
        self.accept("race", "--expires", "2001-01-01")
        done = self.run_fake("race", "--baseline", "base.json")
        self.assertEqual(done.returncode, 66)
        self.assertIn("expired on 2001-01-01", done.stderr)

    def test_fixed_entries_are_announced(self):
        self.accept("race", "--issue", "https://example.org/7")
        done = self.run_fake("clean", "--baseline", "base.json")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"^fixed or not met in this run: baseline entry \w+ data-race in racer, issue https://example.org/7\n$")

    def test_a_run_that_was_not_verified_removes_nothing(self):
        self.accept("twice")
        before = (self.path / "base.json").read_text()
        self.run_fake("race_no_end", "--report", "json")
        self.assert_one_line(self.baseline(), 3, "'base.json' is left as it is: 1 of its entries would go", "ended before its detectors reported")
        self.run_fake("silent", "--report", "json")
        self.assert_one_line(self.baseline(), 3, "2 of its entries would go", "not instrumented")
        self.assertEqual((self.path / "base.json").read_text(), before)
        self.run_fake("race", "--report", "json")
        self.assertEqual(self.baseline().stdout, "base.json: 0 added, 1 kept, 1 removed\n")

    def test_update_keeps_what_people_wrote(self):
        self.accept("race", "--issue", "https://example.org/7", "--expires", "2999-01-01")
        self.accept("twice")
        entries = {e["kind"]: e for e in json.loads((self.path / "base.json").read_text())["entries"]}
        self.assertEqual(entries["data-race"]["issue"], "https://example.org/7")
        self.assertEqual(entries["data-race"]["expires"], "2999-01-01")
        self.assertNotIn("issue", entries["goroutine-leak"])

    def test_suppressed_findings_pass_and_unused_lines_are_listed(self):
        (self.path / "supp").write_text("# why\ndata-race function=rac*\nlock-order\n")
        done = self.run_fake("race", "--suppressions", "supp")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "1 suppressed\nunused suppression supp:3: lock-order\n")

    def test_bad_files_are_named_before_the_program_starts(self):
        (self.path / "supp").write_text("data-race\nnonsense here\n")
        (self.path / "base.json").write_text("{}")
        for option, name, part in [("--suppressions", "supp", "supp:2: 'nonsense'"), ("--suppressions", "missing", "'missing'"),
                                   ("--baseline", "base.json", "'base.json'"), ("--baseline", "missing", "'missing'")]:
            done = self.run_fake("options", option, name)
            self.assert_one_line(done, 2, part)
            self.assertEqual(done.stdout, "")

    def test_bad_suppressions_say_what_there_is(self):
        for line, part in [("race name=x", "known: data-race, goroutine-leak"), ("* func=x", "known: function, file")]:
            (self.path / "supp").write_text(line + "\n")
            self.assert_one_line(self.run_fake("clean", "--suppressions", "supp"), 2, "supp:1: ", part)

    def test_bad_expiry(self):
        self.run_fake("race", "--report", "json")
        self.assert_one_line(self.baseline("--expires", "soon"), 2, "'soon'")

    def test_baseline_that_cannot_be_written(self):
        self.run_fake("race", "--report", "json")
        self.assert_one_line(self.gosan("baseline", "gosan-findings.json", "-o", "no/base.json"), 2, "no/base.json")


class Report(command.Case):
    def test_reports_are_merged_and_alike_findings_folded(self):
        self.run_fake("race", "--report", "json:a.json")
        self.run_fake("twice", "--report", "json:b.json")
        done = self.gosan("report", "a.json", "b.json", "--format", "json", "-o", "all.json")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual([(f["kind"], f["count"]) for f in self.findings("all.json")], [("data-race", 3), ("goroutine-leak", 1)])
        self.assertEqual(len(json.loads((self.path / "all.json").read_text())["processes"]), 2)

    def test_results_of_several_runs_in_one_file(self):
        for way in ["race", "leak", "clean"]:
            self.run_fake(way, "--result", "all.jsonl")
        done = self.gosan("report", "all.jsonl", "--format", "json")
        self.assertEqual([f["kind"] for f in json.loads(done.stdout)["findings"]], ["data-race", "goroutine-leak"])

    def test_every_format_goes_to_standard_output(self):
        self.run_fake("race", "--report", "json")
        for name, part in [("text", "data-race: a planted"), ("sarif", '"2.1.0"'), ("junit", "<testsuites>"), ("html", "<!DOCTYPE html>")]:
            done = self.gosan("report", "gosan-findings.json", "--format", name)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(part, done.stdout)

    def test_junit_has_a_case_per_finding(self):
        self.run_fake("twice", "--report", "json", "--report", "junit:r.xml")
        suite = xml.etree.ElementTree.parse(self.path / "r.xml").find("testsuite")
        self.assertEqual((suite.get("tests"), suite.get("failures")), ("2", "2"))
        self.assertEqual([c.find("failure").get("type") for c in suite.findall("testcase")], ["data-race", "goroutine-leak"])

    def test_gate_over_merged_reports(self):
        self.run_fake("race", "--report", "json:a.json")
        self.assertEqual(self.gosan("report", "a.json").returncode, 0)
        self.assertEqual(self.gosan("report", "a.json", "--fail-on", "all").returncode, 66)
        self.assertEqual(self.gosan("report", "a.json", "--fail-on", "deadlock").returncode, 0)

    def test_a_damaged_input_is_more_than_a_finding(self):
        self.run_fake("race", "--report", "json:a.json")
        (self.path / "cut.jsonl").write_text('{"line":"begin","pid":1,"version":1}\n{"line":"fi')
        done = self.gosan("report", "a.json", "cut.jsonl", "--fail-on", "all")
        self.assertEqual(done.returncode, 2)
        self.assertIn("exit status 2: not all of the input could be read, and 1 of 1 finding gates by --fail-on all\n", done.stderr)

    def test_bad_inputs_are_named(self):
        (self.path / "empty").write_text("")
        (self.path / "text").write_text("hello")
        (self.path / "foreign.json").write_text('{"format": "other"}')
        (self.path / "future.json").write_text('{"format": "gosan-findings", "version": 99}')
        (self.path / "kind.json").write_text('{"format": "gosan-findings", "version": 1, "findings": [{"kind": "rust"}]}')
        (self.path / "cut.jsonl").write_text('{"line":"begin","pid":1,"version":1}\n{"line":"fi')
        for name, part in [("missing", "No such file"), ("empty", "empty"), ("text", "not JSON"), ("foreign.json", "'format'"),
                           ("future.json", "version 99"), ("kind.json", "'rust'"), ("cut.jsonl", "line 2"), (".", "directory")]:
            with self.subTest(name):
                self.assert_one_line(self.gosan("report", name), 2, f"'{name}'", part)

    def test_used_wrongly(self):
        self.run_fake("race", "--report", "json")
        self.assert_one_line(self.gosan("report", "gosan-findings.json", "--format", "xml"), 2, "'xml'")
        self.assert_one_line(self.gosan("report", "gosan-findings.json", "-o", "no/such"), 2, "no/such")
        self.assert_one_line(self.gosan("report"), 2, "inputs")
        self.assert_one_line(self.gosan("baseline", "gosan-findings.json"), 2, "-o")


if __name__ == "__main__":
    command.main()
