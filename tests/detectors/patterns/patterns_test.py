#!/usr/bin/env python3
"""Runs every pattern: the wrong form must be found within a few perturbed runs, the right one give nothing in any.

usage: patterns_test.py PROGRAM [--runs N] [--seed S] [PATTERN ...]
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile


def findings(program, name, form, seed):
    with tempfile.TemporaryDirectory() as folder:
        result = os.path.join(folder, "result")
        options = f"perturb={seed}:result={result}"
        try:
            done = subprocess.run([program, name, form], env=os.environ | {"GOSAN_OPTIONS": options}, capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            return {"hang"}
        with open(result) as lines:
            kinds = {record["finding"]["kind"] for record in map(json.loads, lines) if record.get("line") == "finding"}
        if form == "right" and done.returncode != 0:
            kinds.add(f"status {done.returncode}")
        return kinds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--right", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("patterns", nargs="*")
    args = parser.parse_args()
    listed = subprocess.run([args.program], capture_output=True, text=True, check=True).stdout.splitlines()
    failed = False
    for name, kinds in (line.split("\t") for line in listed):
        if args.patterns and name not in args.patterns:
            continue
        seen = set()
        for run in range(args.runs):
            found = findings(args.program, name, "wrong", args.seed + run)
            seen |= found
            if found & set(kinds.split()):
                break
        else:
            failed = True
            print(f"{name}: not found in {args.runs} runs from seed {args.seed}; got {sorted(seen)}")
        for run in range(args.right):
            if found := findings(args.program, name, "right", args.seed + run):
                failed = True
                print(f"{name}: the right form gives {sorted(found)} with perturb={args.seed + run}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
