"""The demo does what the README says: warnings, a report with both sides, three formats, exit status 66 against 0."""
import json
import re

import workbench


class Demo(workbench.Case):
    def setUp(self):
        super().setUp()
        self.done = workbench.run(workbench.SOURCE / "scripts" / "demo", "--build", workbench.BUILD, "--out", self.path)
        self.assertEqual(self.done.returncode, 0, self.done.stdout + self.done.stderr)

    def read(self, name):
        return (self.path / name).read_text()

    def test_wrong_twin_is_reported_and_right_twin_is_silent(self):
        self.assertRegex(self.read("pubsub_wrong.warnings"), r"wrong\.cpp:\d+:\d+: warning: .*\[gosan-")
        self.assertRegex(self.read("pubsub_wrong.warnings"), r"wrong\.cpp:\d+:\d+: note: ")
        self.assertEqual(self.read("pubsub_right.warnings"), "")

        findings = json.loads(self.read("pubsub_wrong.json"))["findings"]
        self.assertTrue(findings)
        for finding in findings:
            self.assertTrue(finding["fingerprint"])
            for party in finding["parties"]:
                if not party["stack"]:
                    continue
                self.assertTrue(any(re.search(r"wrong\.cpp$", f.get("file", "")) for f in party["stack"]), party)
        self.assertEqual(json.loads(self.read("pubsub_right.json"))["findings"], [])

    def test_three_formats_tell_the_same_findings(self):
        findings = json.loads(self.read("pubsub_wrong.json"))["findings"]
        sarif = json.loads(self.read("pubsub_wrong.sarif"))
        self.assertEqual(sarif["version"], "2.1.0")
        results = sarif["runs"][0]["results"]
        self.assertEqual(sorted(f["kind"] for f in findings), sorted(r["ruleId"] for r in results))
        text = self.read("pubsub_wrong.txt")
        for finding in findings:
            self.assertIn(finding["kind"], text)
        self.assertRegex(text, r"wrong\.cpp:\d+")
        self.assertIn("created", text)


if __name__ == "__main__":
    workbench.main()
