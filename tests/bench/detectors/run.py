#!/usr/bin/env python3
"""What the detectors of leaks and deadlocks cost when races are off: nanoseconds per unit in the plain and in the recording
library, on the clock and of processor time, and their ratios; the two in turns, medians. Then the time of one check of 100,000
parked goroutines. On a machine that does other work too, read the processor time with --procs 1.

usage: run.py [--build DIR] [--rounds N] [--procs N] [ROW ...]
"""
import argparse
import os
import pathlib
import statistics
import subprocess

ROWS = ["skynet", "pipeline", "pool", "buffered", "lock"]
CHECKS = ["parked_reachable", "parked_dead"]


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
    parser.add_argument("rows", nargs="*", default=ROWS + CHECKS)
    args = parser.parse_args()
    programs = {form: pathlib.Path(args.build) / "bin" / f"bench_detectors_{form}" for form in ("plain", "recording")}
    print(f"{'':10} {'on the clock, ns':^28}   {'of processor time, ns':^28}")
    print(f"{'row':10}" + f" {'plain':>8} {'recording':>9} {'ratio':>5} {'more':>6} " * 2)
    for row in args.rows:
        if row in CHECKS:
            continue
        if row not in ROWS:
            parser.error(f"no row '{row}'; there are {', '.join(ROWS + CHECKS)}")
        taken = {form: [] for form in programs}
        for _ in range(args.rounds):
            for form, program in programs.items():
                taken[form] += [tuple(map(float, line.split())) for line in run(program, row, args.procs).splitlines()]
        cells = ""
        for clock in (0, 1):
            plain, recording = (statistics.median(t[clock] for t in taken[form]) for form in ("plain", "recording"))
            cells += f" {plain:8.1f} {recording:9.1f} {recording / plain:5.2f} {recording - plain:6.1f} "
        print(f"{row:10}{cells}", flush=True)
    for row in (r for r in args.rows if r in CHECKS):
        print(row, "; ".join(run(programs["recording"], row, args.procs).splitlines()))


if __name__ == "__main__":
    main()
