"""The README's program is said to give certain lines; they are compared with what the tools print today."""
import re

import workbench


def blocks(text):
    """The fenced blocks as (language, body)."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.S | re.M)


def essential(line):
    """A line without what may differ from run to run: the folder before a file's name, what a goroutine
    does just then, the number of a channel."""
    # A proof is conservative: a stale word that looks like a pointer to the channel makes the leak "alive".
    line = line.replace("goroutine-leak (alive)", "goroutine-leak (proven)").replace(", and nobody can wake it", "")
    line = re.sub(r"channel #\d+", "channel #", line)
    line = re.sub(r"\[(running|runnable|ended|chan \w+)\]", "[...]", line.strip())
    return re.sub(r"\S*/(\w+\.cpp)", r"\1", line)


class Readme(workbench.Case):
    def test_program_gives_what_the_page_shows(self):
        shown = blocks((workbench.SOURCE / "README.md").read_text())
        program_text = next(body for language, body in shown if language == "cpp")
        warnings, report = [body for language, body in shown if language == ""][:2]

        program, printed = self.compile(program_text, name="total")
        said = [essential(line) for line in printed.splitlines()]
        for line in warnings.splitlines():
            self.assertIn(essential(line), said)

        done, _ = self.gate(program, "--report", "text")
        self.assertEqual(done.returncode, 66)
        self.assertEqual(done.stdout, "3\n")
        said = [essential(line) for line in done.stderr.splitlines()]
        for line in filter(str.strip, report.splitlines()):
            self.assertIn(essential(line), said)

    def test_nothing_of_the_checker_itself_keeps_the_leak_from_being_proven(self):
        text = next(body for language, body in blocks((workbench.SOURCE / "README.md").read_text()) if language == "cpp")
        program, _ = self.compile(text, name="total")
        runs = [self.gate(program, "--report", "text", "--set", f"perturb={seed}")[0].stderr for seed in range(5)]
        self.assertTrue(any("goroutine-leak (proven)" in said for said in runs), runs[0])

    def test_its_repaired_twin_is_silent(self):
        shown = blocks((workbench.SOURCE / "README.md").read_text())
        text = next(body for language, body in shown if language == "cpp")
        text = text.replace("      done.send();\n      total += n;\n", "      total += n;\n      done.send();\n")
        text = text.replace("  std::printf", "  numbers.close();\n  std::printf")
        program, printed = self.compile(text, name="total")
        self.assertEqual(printed, "")
        done, findings = self.gate(program)
        self.assertEqual((done.returncode, done.stdout, done.stderr, findings), (0, "3\n", "", []))


if __name__ == "__main__":
    workbench.main()
