#!/usr/bin/env python3
"""Checks one sample against its manifest: the compile-time checks and a run of every twin.

  samples/check_pair.py FOLDER --bin DIR [--gosan PATH] [--cxx PATH]

DIR holds the built twins as FOLDER_TWIN (05_pubsub_pileup_wrong). A twin must give exactly what the manifest says:
every expected finding at least once, and no other. Where a finding lies is marked in the source by a comment
`// expect: ID` on the line, ID being a check or a kind; each goroutine of a finding must be at a marked line. The manifest,
per twin (a file name):

  "compile"  list of {"check": id}: diagnosed on every line marked with it, and on no other
  "run"      list of {"kind": id, "function": part of a name, "grade": g, "count": n}: what the finding's goroutines do is
             on lines marked with the kind, for one of them in a function of that name; grade and count may be left out
  "may"      findings that tell the same mistake once more: they may be there or not
  "any_of"   instead of "run": {"why": text, "outcomes": [list as in "run", ...]}, for a program whose outcome depends
             on the schedule
  "exit"     exit status of `gosan run`; without it 66 where findings are expected, else 0
  "options"  GOSAN_OPTIONS of the run
  "compiles" false: the compiler must reject it, saying what stands behind `// error:` in the source
"""
import argparse
import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

GATED = 66
TIME_LIMIT_S = 60
DIAGNOSTIC = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+):\d+: (?:warning|error): .*\[(?P<check>gosan-[\w-]+)",
                        re.MULTILINE)


def markers(source, word="expect"):
    """Lines by what is expected on them: {"goroutine-leak": {24}}."""
    found = collections.defaultdict(set)
    for number, line in enumerate(source.read_text().splitlines(), 1):
        match = re.search(rf"// {word}: (.*)$", line)
        for what in re.split(r",\s*", match[1]) if match else ():
            found[what.strip()].add(number)
    return found


def command(*words, env=None):
    with subprocess.Popen([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", env=env,
                          start_new_session=True) as process:
        try:
            out, err = process.communicate(timeout=TIME_LIMIT_S)
            return subprocess.CompletedProcess(words, process.returncode, out, err)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return subprocess.CompletedProcess(words, "none", "", f"did not end within {TIME_LIMIT_S} s")


def places(finding, source):
    """Per goroutine of the finding, the innermost frame of its stack that is in the source."""
    for party in finding["parties"]:
        here = [f for f in party.get("stack", []) if pathlib.Path(f.get("file", "")).name == source.name]
        if here:
            yield here[0]


def matches(finding, wanted, source, lines):
    if finding["kind"] != wanted["kind"]:
        return False
    if any(key in wanted and finding.get(key) != wanted[key] for key in ("grade", "count")):
        return False
    here = list(places(finding, source))
    return (bool(here) and all(f.get("line") in lines[wanted["kind"]] for f in here)
            and any(wanted["function"] in f.get("function", "") for f in here))


def inexact(twin, lines):
    """Where manifest and source's marks do not say the same, as lines of text."""
    outcomes = [*twin.get("any_of", {}).get("outcomes", []), twin.get("run", []), twin.get("may", [])]
    wanted_of_runs = [w for outcome in outcomes for w in outcome]
    named = [*(w["check"] for w in twin.get("compile", [])), *(w["kind"] for w in wanted_of_runs)]
    wrong = [f"no function given: {w}" for w in wanted_of_runs if "function" not in w]
    wrong += [f"no line of the source is marked {what}" for what in sorted(set(named)) if not lines[what]]
    return wrong + [f"marked, but not in the manifest: {what}" for what in sorted(lines.keys() - set(named))]


def compare(findings, wanted, may, source, lines):
    """What is wrong with these findings, as lines of text; empty when they are as wanted."""
    wrong = [f"missing: {w}" for w in wanted if not any(matches(f, w, source, lines) for f in findings)]
    return wrong + [f"unexpected: {brief(f, source)}" for f in findings
                    if not any(matches(f, w, source, lines) for w in wanted + may)]


def brief(finding, source):
    where = "; ".join(f"{f.get('function')} at {f.get('line')}" for f in places(finding, source))
    grade = f" ({finding['grade']})" if finding.get("grade") else ""
    return f"{finding['kind']}{grade} x{finding.get('count', 1)}: {finding.get('message', '')} [{where}]"


def check_compile(cxx, source, twin, lines):
    done = command(cxx, "-std=c++20", "-O1", "-fsyntax-only", source)
    if twin.get("compiles", True) != (done.returncode == 0):
        return [f"compiler's status {done.returncode}\n{done.stderr}"]
    if done.returncode:
        return [f"the compiler does not say: {text}" for text in markers(source, "error")
                if text not in done.stderr]
    found = {(m["check"], int(m["line"])) for m in DIAGNOSTIC.finditer(done.stderr)}
    wanted = {(w["check"], line) for w in twin.get("compile", []) for line in lines[w["check"]]}
    wrong = [f"not diagnosed: {check} at line {line}" for check, line in sorted(wanted - found)]
    return wrong + [f"diagnosed without need: {check} at line {line}" for check, line in sorted(found - wanted)]


def check_run(gosan, program, source, twin, lines):
    outcomes = twin["any_of"]["outcomes"] if "any_of" in twin else [twin.get("run", [])]
    with tempfile.TemporaryDirectory(prefix="gosan-sample-") as folder:
        report = pathlib.Path(folder) / "findings.json"
        env = {**os.environ, "GOSAN_OPTIONS": twin.get("options", "")}
        # What races may do anything: a channel's handle read from a vector that grows can be what lies in freed memory, and its lock
        # held for ever. Such a form is run again when it did not end.
        for _ in range(3 if "data-race" in lines else 1):
            done = command(gosan, "run", "--report", f"json:{report}", "--", program, env=env)
            if report.exists():
                break
        if not report.exists():
            return [f"no report, exit status {done.returncode}\n{done.stderr}"]
        findings = json.loads(report.read_text())["findings"]
    wrong = min((compare(findings, wanted, twin.get("may", []), source, lines) for wanted in outcomes), key=len)
    status = twin.get("exit", GATED if any(outcomes) else 0)
    if done.returncode != status:
        wrong.append(f"exit status {done.returncode}, expected {status}")
    return wrong + ([done.stderr[-4000:]] if wrong else [])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, help="folder of the built twins")
    parser.add_argument("--gosan", default="gosan", help="the command-line tool")
    parser.add_argument("--cxx", help="gosan-c++; without it the compile-time part is left out")
    parser.add_argument("--only", choices=("compile", "run"), help="one part alone")
    args = parser.parse_args()

    failed = False
    manifest = json.loads((args.folder / "manifest.json").read_text())
    for name, twin in manifest.items():
        if not name.endswith(".cpp"):
            continue
        source = args.folder / name
        lines = markers(source)
        wrong = inexact(twin, lines)
        if args.cxx and args.only != "run":
            wrong += check_compile(args.cxx, source, twin, lines)
        if args.bin and args.only != "compile" and twin.get("compiles", True):
            wrong += check_run(args.gosan, args.bin / f"{args.folder.name}_{source.stem}", source, twin, lines)
        failed |= bool(wrong)
        print(f"{args.folder.name}/{name}: " + ("\n  ".join(["NOT as in the manifest", *wrong]) if wrong else "as expected"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
