#!/usr/bin/env python3
"""Compiles one test source with the plugin and compares the diagnostics with the comments.

  // expect: gosan-id           one warning of that check on this line (several: separated by ", ")
  // note: text                 some note on this line holds the text
  // checks: LIST               in the first lines: which checks run; default: the one the file is named after

Everything else must stay silent. Then all fix-its are applied to a copy, which must compile, and give no diagnostic that had
a fix-it. A file whose source says `// fix-its: N` must have had N of them.
"""
import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

DIAGNOSTIC = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+): (?P<kind>warning|error|note): (?P<text>.*)$", re.M)
FIXIT = re.compile(r'^fix-it:"(?P<file>[^"]+)":\{(\d+):(\d+)-(\d+):(\d+)\}:"(?P<text>.*)"$', re.M)


def expectations(text, word):
    found = collections.Counter()
    for number, line in enumerate(text.splitlines(), 1):
        match = re.search(rf"// (?:.*; )?{word}: ([^;]*)", line)
        for what in match[1].split(", ") if match else ():
            found[(number, what.strip())] += 1
    return found


def header(text, word, default):
    match = re.search(rf"^// {word}: (.*)$", text, re.M)
    return match[1].strip() if match else default


def compile_it(args, source, checks):
    command = [args.cxx, "-std=c++20", "-fsyntax-only", "-fno-color-diagnostics", "-fdiagnostics-parseable-fixits",
               "-Wno-everything", "-isystem", args.include, "-I", str(pathlib.Path(__file__).parent / "include"),
               f"-fplugin={args.plugin}", f"-fplugin-arg-gosan-checks={checks}", *args.precompiled, str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    found = [m.groupdict() | {"at": m.start()} for m in DIAGNOSTIC.finditer(done.stderr)]
    mine = [d for d in found if pathlib.Path(d["file"]) == source]
    if done.returncode or any(d["kind"] == "error" for d in found):
        sys.exit(f"does not compile: {' '.join(command)}\n{done.stderr}")
    return mine, done.stderr


def check_id(diagnostic):
    match = re.search(r"\[(gosan-[\w-]+)\]$", diagnostic["text"])
    return match[1] if match else diagnostic["text"]


def compare(text, found):
    wanted = expectations(text, "expect")
    given = collections.Counter((int(d["line"]), check_id(d)) for d in found if d["kind"] == "warning")
    wrong = [f"line {line}: no {what}" for line, what in (wanted - given).elements()]
    wrong += [f"line {line}: {what} without need" for line, what in (given - wanted).elements()]
    notes = [(int(d["line"]), d["text"]) for d in found if d["kind"] == "note"]
    wrong += [f"line {line}: no note '{what}'" for line, what in expectations(text, "note")
              if not any(at == line and what in note for at, note in notes)]
    return wrong


def apply(text, output):
    """The source with all fix-its, the last first; and how many there were."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode()))
    edits = set()
    for m in FIXIT.finditer(output):
        a, b, c, d = (int(m[n]) for n in (2, 3, 4, 5))
        edits.add((starts[a - 1] + b - 1, starts[c - 1] + d - 1, m["text"].encode().decode("unicode_escape")))
    raw = text.encode()
    for begin, end, new in sorted(edits, reverse=True):
        raw = raw[:begin] + new.encode() + raw[end:]
    return raw.decode(), len(edits)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--cxx", "--plugin", "--include"):
        parser.add_argument(name, required=True)
    parser.add_argument("--precompiled", action="append", default=[], help="precompiled.hpp, compiled by the same compiler")
    parser.add_argument("source", type=pathlib.Path)
    args = parser.parse_args()
    args.precompiled = [word for path in args.precompiled for word in ("-include-pch", path)]
    text = args.source.read_text()
    checks = header(text, "checks", "-*,gosan-" + args.source.stem.replace("_", "-"))

    found, output = compile_it(args, args.source, checks)
    wrong = compare(text, found)
    if not expectations(text, "expect"):
        wrong.append("the test expects nothing to be flagged: it could not fail")
    fixed, count = apply(text, output)
    if count != int(header(text, "fix-its", "0")):
        wrong.append(f"{count} fix-its, not {header(text, 'fix-its', '0')}")
    if count and not wrong:
        with tempfile.TemporaryDirectory(prefix="gosan-fix-") as folder:
            copy = pathlib.Path(folder) / args.source.name
            copy.write_text(fixed)
            again, more = compile_it(args, copy, checks)
            left = [d for d in again if d["kind"] == "warning"]
            before = [d for d in found if d["kind"] == "warning"]
            if FIXIT.search(more):
                wrong.append("the repaired source is flagged again:\n" + more)
            if len(left) >= len(before):
                wrong.append("the fix-its silence nothing")
    print("\n".join(wrong) or f"as expected: {len(expectations(text, 'expect'))} lines flagged, {count} fix-its")
    if wrong:
        print(output)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
