#!/usr/bin/env python3
"""Right code is not flagged. Every check is on that is on by default, and every source must be parsed as a whole.

    silence_test.py --check gosan-check --include FOLDER FILES...     sources of their own, such as samples/*/right.cpp
      --only TEXT      only findings count whose function's name holds TEXT, such as the fixed form in a file with both
    silence_test.py --check gosan-check --database build FOLDERS...   the files of a database below these folders
      --holding REGEX  only files that hold this; the others can hardly have what the checks look at
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
parser.add_argument("--include")
parser.add_argument("--precompiled", help="precompiled.hpp, by the compiler that gosan-check is built with")
parser.add_argument("--database", type=pathlib.Path)
parser.add_argument("--only", default="")
parser.add_argument("--holding", default="")
parser.add_argument("what", nargs="+", type=pathlib.Path)
args = parser.parse_args()


def files_of_database():
    entries = json.loads((args.database / "compile_commands.json").read_text())
    files = {e["file"] for e in entries if e["file"].endswith((".cpp", ".cc"))}
    below = sorted(f for f in files if any(pathlib.Path(f).is_relative_to(w) for w in args.what))
    return [f for f in below if re.search(args.holding, pathlib.Path(f).read_text())]


def main(folder):
    files = files_of_database() if args.database else [str(w) for w in args.what]
    if not files:
        return "no files: that would test nothing"
    behind = [] if args.database else ["--", "-std=c++20", f"-I{args.include}",
                                        *(["-include-pch", args.precompiled] if args.precompiled else [])]
    before = ["-p", str(args.database)] if args.database else []
    report = folder / "report.json"
    done = subprocess.run([args.check, *before, f"--report=json:{report}", *files, *behind], capture_output=True, text=True)
    if done.returncode not in (0, 66) or "could not be parsed" in done.stderr:
        return f"status {done.returncode}\n{done.stderr[-4000:]}"
    found = [f for f in json.loads(report.read_text())["findings"]
             if args.only in f["parties"][0]["stack"][0]["function"]]
    if found:
        places = [f["parties"][0]["stack"][0] for f in found]
        return "\n".join(f"{p['file']}:{p['line']}: {f['message']} [{f['kind']}]" for f, p in zip(found, places))
    print(f"{len(files)} files, silent")
    return ""


with tempfile.TemporaryDirectory(prefix="gosan-silence-") as made:
    wrong = main(pathlib.Path(made).resolve())
print(wrong)
sys.exit(1 if wrong else 0)
