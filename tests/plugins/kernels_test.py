#!/usr/bin/env python3
"""The kernels of real bugs: no fixed form is flagged, and of the bugs as many are found as --found says.

All kernels are one translation unit here, so that the library's header is parsed once; each keeps to its own namespace.
tests/kernels/evaluate has the whole table, with what is found at run time.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--check", required=True)
parser.add_argument("--include", required=True)
parser.add_argument("--found", type=int, required=True, help="how many bugs must be found")
parser.add_argument("kernels", nargs="+", type=pathlib.Path)
args = parser.parse_args()


def findings(folder):
    unit, report = folder / "kernels.cpp", folder / "report.json"
    unit.write_text("".join(f'#include "{k.resolve()}"\n' for k in args.kernels))
    done = subprocess.run([args.check, "--quiet", f"--report=json:{report}", unit, "--", "-std=c++20", "-isystem", args.include],
                          capture_output=True, text=True)
    if done.returncode not in (0, 66) or "could not be parsed" in done.stderr:
        sys.exit(f"status {done.returncode}\n{done.stderr[-4000:]}")
    return json.loads(report.read_text())["findings"]


with tempfile.TemporaryDirectory(prefix="gosan-kernels-") as made:
    said = findings(pathlib.Path(made).resolve())
found, wrong = {}, []
for f in said:
    at = f["parties"][0]["stack"][0]
    buggy = re.match(r"kernels::(\w+)::buggy::", at["function"])
    if buggy:
        found.setdefault(buggy[1], set()).add(f["kind"])
    else:
        wrong.append(f"{at['file']}:{at['line']}: not in a buggy form: {f['message']} [{f['kind']}]")
for name, kinds in sorted(found.items()):
    print(f"{name}: {' '.join(sorted(kinds))}")
print(f"{len(found)} of {len(args.kernels)} kernels found")
if len(found) < args.found:
    wrong.append(f"that is fewer than {args.found}")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
