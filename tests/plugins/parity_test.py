#!/usr/bin/env python3
"""The four ways to the checks say the same: compiler plugin, clang-tidy module, gosan-check's text, gosan-check's report."""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser(description=__doc__)
for name in ("--cxx", "--plugin", "--tidy", "--module", "--check", "--include", "--precompiled"):
    parser.add_argument(name, required=True)
parser.add_argument("sources", nargs="+", type=pathlib.Path)
args = parser.parse_args()
wrong = []

DIAGNOSTIC = re.compile(r"^([^:\n]+):(\d+):(\d+): (warning|error|note): (.*)$", re.M)
OPTIONS = ["-std=c++20", "-isystem", args.include, "-I", str(pathlib.Path(__file__).parent / "include"), "-Wno-everything",
           "-include-pch", args.precompiled]


def run(*command, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=250, **more)


def diagnostics(text):
    """Places and texts, notes too; clang-tidy names no kind of its own."""
    found = {(pathlib.Path(f).name, int(l), int(c), kind, said) for f, l, c, kind, said in DIAGNOSTIC.findall(text)}
    errors = [d for d in found if d[3] == "error"]
    if errors:
        wrong.append(f"does not compile: {errors}")
    return found


def warnings(found):
    return {d[:3] + d[4:] for d in found if d[3] == "warning"}


def compare(name, got, wanted):
    for what, extra in (("lacks", wanted - got), ("has alone", got - wanted)):
        wrong.extend(f"{name} {what}: {d}" for d in sorted(extra))


def main(folder):
    by_plugin = set()
    for source in args.sources:
        by_plugin |= diagnostics(run(args.cxx, *OPTIONS, "-fsyntax-only", f"-fplugin={args.plugin}",
                                     "-fplugin-arg-gosan-checks=*", source).stderr)
    if len(warnings(by_plugin)) < 2 * len(args.sources):
        wrong.append(f"only {len(warnings(by_plugin))} warnings: that compares nothing")

    by_tidy = run(args.tidy, "-load", args.module, "-checks=-*,gosan-*", "--quiet", *args.sources, "--", *OPTIONS)
    compare("clang-tidy", diagnostics(by_tidy.stdout + by_tidy.stderr), by_plugin)

    report = folder / "report.json"
    by_check = run(args.check, "--checks=*", f"--report=json:{report}", *args.sources, "--", *OPTIONS)
    compare("gosan-check", diagnostics(by_check.stderr), by_plugin)
    places = set()
    for f in json.loads(report.read_text())["findings"]:
        at = f["parties"][0]["stack"][0]
        places.add((pathlib.Path(at["file"]).name, at["line"], at["column"], f"{f['message']} [{f['kind']}]"))
    compare("the report", places, warnings(by_plugin))

    limits(folder)
    settings(folder)


# What is not followed to the end is said by each, once, and as a remark.
def limits(folder):
    source = folder / "many.cpp"
    source.write_text("#include <gosan/gosan.hpp>\nvoid many() {\n" + "  gosan::go([] {});\n" * 65 + "}\n")
    said = "many.cpp:2:6: remark: 'many' starts goroutines in more places than the checks follow"
    ways = {"the plugin": run(args.cxx, *OPTIONS, "-fsyntax-only", "-Werror", f"-fplugin={args.plugin}", source),
            "clang-tidy": run(args.tidy, "-load", args.module, "-checks=-*,gosan-*", "--quiet", source, "--", *OPTIONS),
            "gosan-check": run(args.check, source, "--", *OPTIONS)}
    for way, done in ways.items():
        text = done.stdout + done.stderr
        if done.returncode or text.count(said) != 1:
            wrong.append(f"{way} on a limit: exit status {done.returncode}, said {text.count(said)} times\n{text}")


# .clang-tidy chooses checks and makes errors; .gosan.json takes away, makes errors and gives roles, as elsewhere.
def settings(folder):
    source = folder / "flagged.cpp"
    source.write_text("#include <gosan/gosan.hpp>\ntemplate <class F> void submit(F) {}\nvoid f(int n) {\n  submit([&n] { int m = n; (void)m; });\n"
                      "  gosan::go([&n] { int m = n; (void)m; });\n}\n")
    tidy = lambda *more: run(args.tidy, "-load", args.module, "--quiet", *more, source, "--", *OPTIONS)

    def expect(what, done, status, *texts):
        said = done.stdout + done.stderr
        if done.returncode != status or any(t not in said for t in texts):
            wrong.append(f"{what}: exit status {done.returncode}, wanted {status} and {texts}\n{said}")

    def silent(what, done, text):
        if text in done.stdout + done.stderr:
            wrong.append(f"{what}: says {text}\n{done.stdout}")

    (folder / ".clang-tidy").write_text("Checks: '-*,gosan-closure-capture'\n")
    expect(".clang-tidy", tidy(), 0, "flagged.cpp:5:", "[gosan-closure-capture]")
    (folder / ".clang-tidy").write_text("Checks: '-*,gosan-closure-capture'\nWarningsAsErrors: 'gosan-*'\n")
    expect("WarningsAsErrors", tidy(), 1, "error: ", "-warnings-as-errors]")
    (folder / ".clang-tidy").write_text("Checks: '-*,gosan-double-lock'\n")
    silent("another check", tidy(), "gosan-closure-capture")
    (folder / ".clang-tidy").write_text("Checks: '-*,gosan-*'\n")
    (folder / ".gosan.json").write_text('{"roles": {"submit": "spawn"}, "errors": ["gosan-closure-capture"]}')
    expect(".gosan.json", tidy(), 1, "flagged.cpp:4:", "error: ")
    (folder / ".gosan.json").write_text('{"checks": ["-gosan-closure-capture"]}')
    silent("taken away", tidy(), "gosan-closure-capture")
    (folder / ".gosan.json").write_text('{"chekcs": []}')
    done = tidy()
    if "chekcs" not in done.stdout + done.stderr:
        wrong.append(f"a misspelt member of .gosan.json is passed over by clang-tidy\n{done.stdout}{done.stderr}")
    (folder / ".gosan.json").unlink()
    tidy("--fix")
    if "[n]" not in source.read_text():
        wrong.append("clang-tidy --fix wrote:\n" + source.read_text())
    expect("repaired", run(args.cxx, *OPTIONS, "-fsyntax-only", "-Werror", f"-fplugin={args.plugin}", source), 0)


with tempfile.TemporaryDirectory(prefix="gosan-parity-") as made:
    main(pathlib.Path(made).resolve())
print("\n".join(wrong) or f"the front ends agree on {len(args.sources)} files")
sys.exit(1 if wrong else 0)
