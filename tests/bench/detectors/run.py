#!/usr/bin/env python3
"""What the detectors of leaks and deadlocks cost when races are off: nanoseconds per unit in the plain and in the recording
library and their ratio, the two in turns, the best of several rounds. Then the time of one check of 100,000 parked goroutines.

usage: run.py [--build DIR] [--rounds N] [--procs N] [ROW ...]
"""
import argparse
import os
import pathlib
import subprocess

ROWS = ["skynet", "pipeline", "pool", "buffered", "lock"]


def run(program, row, procs):
    options = f"detect=leak,deadlock,lock-order:gomaxprocs={procs}"
    done = subprocess.run([program, row], env=os.environ | {"GOSAN_OPTIONS": options}, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def main():
    root = pathlib.Path(__file__).resolve().parents[3]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=root / "build")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--procs", type=int, default=2)
    parser.add_argument("rows", nargs="*", default=ROWS)
    args = parser.parse_args()
    programs = {form: pathlib.Path(args.build) / "bin" / f"bench_detectors_{form}" for form in ("plain", "recording")}
    print(f"{'row':10} {'plain ns':>9} {'recording':>9} {'ratio':>6} {'more ns':>8}")
    for row in args.rows:
        if row not in ROWS:
            parser.error(f"no row '{row}'; there are {', '.join(ROWS)}")
        best = {form: 1e99 for form in programs}
        for _ in range(args.rounds):
            for form, program in programs.items():
                best[form] = min(best[form], float(run(program, row, args.procs)))
        plain, recording = best["plain"], best["recording"]
        print(f"{row:10} {plain:9.1f} {recording:9.1f} {recording / plain:6.2f} {recording - plain:8.1f}")
    for row in ("parked_reachable", "parked_dead"):
        print(row, "; ".join(run(programs["recording"], row, args.procs).splitlines()))


if __name__ == "__main__":
    main()
