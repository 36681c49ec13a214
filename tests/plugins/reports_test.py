#!/usr/bin/env python3
"""gosan check in a gate: reports, a baseline, suppressions, one report with findings at run time; databases of GCC's users."""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser(description=__doc__)
for name in ("--gosan", "--include", "--runtime-report", "--precompiled"):
    parser.add_argument(name, required=True)
args = parser.parse_args()
wrong = []

HEADER = """#include <gosan/gosan.hpp>
inline void late() { int n = 1;
  gosan::go([&n] { int m = n; (void)m; });
}
"""
OTHER = """#include "late.hpp"
void twice(gosan::mutex& m) {
  m.lock();
  m.lock();
  m.unlock();
  m.unlock();
}
"""


def gosan(*command, cwd=None):
    return subprocess.run([args.gosan, *map(str, command)], capture_output=True, text=True, timeout=100, cwd=cwd)


def expect(what, done, status, *texts, never=()):
    said = done.stdout + done.stderr
    missing, extra = [t for t in texts if t not in said], [t for t in never if t in said]
    if done.returncode != status or missing or extra:
        wrong.append(f"{what}: exit status {done.returncode}, not {status}; missing {missing}; not wanted {extra}\n{said}")


def main(folder):
    (folder / "late.hpp").write_text(HEADER)
    sources = [folder / "one.cpp", folder / "two.cpp"]
    sources[0].write_text('#include "late.hpp"\n')
    sources[1].write_text(OTHER)

    def database(compiler, *options):
        words = [*compiler, "-std=c++20", f"-I{args.include}", *options]
        (folder / "compile_commands.json").write_text(json.dumps(
            [{"directory": str(folder), "file": str(s), "arguments": [*words, "-c", str(s), "-o", "x.o"]} for s in sources]))

    database(["c++"], "-include-pch", args.precompiled)
    check = lambda *more: gosan("check", "-p", folder, *more, cwd=folder)
    # What stands in a header is found with both files, and told once.
    done = check("--report=json:r.json", "--report=sarif:r.sarif", "--report=junit:r.xml", "--report=html:r.html")
    expect("reports", done, 66, "late.hpp:3:", "two.cpp:4:", "2 files, 2 findings")
    if done.stderr.count("[gosan-closure-capture]") != 1:
        wrong.append("a finding in a header is told with every file:\n" + done.stderr)
    report = json.loads((folder / "r.json").read_text())
    kinds = [f["kind"] for f in report["findings"]]
    if kinds != ["gosan-closure-capture", "gosan-double-lock"] or len({f["fingerprint"] for f in report["findings"]}) != 2:
        wrong.append(f"the report has {kinds}")
    functions = [f["parties"][0]["stack"][0]["function"] for f in report["findings"]]
    if functions != ["late::$lambda::operator()", "twice"] and functions != ["late", "twice"]:
        wrong.append(f"the report names the functions {functions}")
    run = json.loads((folder / "r.sarif").read_text())["runs"][0]
    rules = [r["id"] for r in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        if result["ruleId"] not in rules or "startLine" not in result["locations"][0]["physicalLocation"]["region"]:
            wrong.append(f"the SARIF report has {result}")
    repaired = [(f["parties"][0]["stack"][0]["line"], e["text"]) for f in report["findings"] for e in f.get("fix", [])]
    repairs = [r for result in run["results"] for fix in result.get("fixes", []) for c in fix["artifactChanges"] for r in c["replacements"]]
    line = HEADER.splitlines()[2]
    for r in repairs:
        at = r["deletedRegion"]
        line = line[:at["startColumn"] - 1] + r["insertedContent"]["text"] + line[at["endColumn"] - 1:]
    if repaired != [(3, "")] or len(repairs) != 1 or line != "  gosan::go([n] { int m = n; (void)m; });":
        wrong.append(f"the repair is {repaired}, {repairs}: {line}")
    for name in ("r.xml", "r.html"):
        if "gosan-double-lock" not in (folder / name).read_text():
            wrong.append(f"{name} does not name gosan-double-lock")

    expect("a bad format", check("--report=word"), 2, "unknown report format 'word'")
    expect("a folder that is not there", check("--report=json:none/r.json"), 2, "none/r.json")
    expect("nothing gates", check("--fail-on=none"), 0, "two.cpp:4:")
    expect("another gates", check("--fail-on=gosan-lost-cancel"), 0)
    expect("a check gates", check("--fail-on=gosan-double-lock"), 66)
    expect("no such baseline", check("--baseline=none.json"), 2, "none.json")

    expect("baseline", gosan("baseline", "r.json", "-o", "base.json", cwd=folder), 0, "2 added")
    expect("all known", check("--baseline=base.json"), 0, "0 of them to act on", never=["two.cpp:4:"])
    sources[1].write_text("// a line more\n" + OTHER + "void again(gosan::mutex& m) { m.lock(); m.lock(); m.unlock(); m.unlock(); }\n")
    expect("one is new", check("--baseline=base.json"), 66, "two.cpp:9:", "3 findings, 1 of them", never=["two.cpp:5:"])
    (folder / "pass").write_text("gosan-* file=*two.cpp\n")
    expect("suppressed", check("--suppressions=pass"), 66, "late.hpp:3:", never=["two.cpp:5:"])

    merged = gosan("report", "r.json", args.runtime_report, "--format", "sarif", cwd=folder)
    expect("merged with findings at run time", merged, 0, '"ruleId": "gosan-double-lock"', '"ruleId": "data-race"', '"id": "gosan-double-lock"')
    expect("as text", gosan("report", "r.json", cwd=folder), 0, "gosan-double-lock: ", "two.cpp:4:", never=["a thread"])

    # What only GCC, a launcher or gosan-c++ understands.
    gcc = ["-fconcepts-diagnostics-depth=3", "-fno-lifetime-dse", "-fanalyzer", "-fno-gnu-unique", "--param", "max-inline-insns-single=9",
           "-Wall", "-Werror", "-Wduplicated-cond", "-Wlogical-op", "-fno-such-option", "-fmodules-ts", "-fplugin=gcc.so", "-mno-such-option"]
    database(["ccache", "/usr/bin/g++-12"], *gcc)
    expect("GCC's options", check(), 66, "late.hpp:3:", "two.cpp:5:", "2 files, 3 findings", never=["error:", "unused"])
    (folder / "compile_commands.json").write_text(json.dumps(
        [{"directory": str(folder), "file": str(s), "command": f"/opt/gosan/bin/gosan-c++ -fgosan-no-races -Werror=gosan-* -c {s}"} for s in sources]))
    expect("gosan-c++'s database", check(), 66, "late.hpp:3:", "2 files, 3 findings")


with tempfile.TemporaryDirectory(prefix="gosan-reports-") as made:
    main(pathlib.Path(made).resolve())
print("\n".join(wrong) or "reports, baseline and databases as they should be")
sys.exit(1 if wrong else 0)
