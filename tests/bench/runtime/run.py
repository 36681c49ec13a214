#!/usr/bin/env python3
"""Builds the benchmark of the runtime and its peers, runs them side by side, and prints one table.

  tests/bench/runtime/run.py [--build DIR] [--rounds N] [--rows a,b,...] [--processors 1,2]

Every figure is the median of N rounds; within a round each row runs on every peer in turn, one process at a time. The ratio is
ours / peer: below 1 we are faster (or smaller). `target` is the bound against Go that the project has set itself.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

# row: (what one operation is, target against Go)
ROWS = {
    "spawn_1m": ("spawn + join, a million at once", 0.5),
    "spawn_batch": ("spawn + join, batches of 1000", 0.5),
    "pingpong": ("unbuffered round trip", 0.5),
    "chan_1p1c": ("buffered (128) 1:1, per item", 0.6),
    "chan_4p4c": ("buffered (128) 4:4, per item", 0.6),
    "select2_ready": ("select of 2, one ready", 0.6),
    "select8_ready": ("select of 8, one ready", 0.6),
    "select_default": ("select of 2 with default, none ready", 0.6),
    "select2_block": ("select of 2, blocking, per message", 0.6),
    "select8_block": ("select of 8, blocking, per message", 0.6),
    "mutex": ("mutex, uncontended", 0.5),
    "mutex_8g": ("mutex, 8 goroutines", 0.5),
    "yield": ("yield, 2 goroutines", 0.5),
    "sieve": ("prime sieve, per prime of 2000", 0.6),
    "skynet": ("skynet of 1e6, per goroutine", 0.6),
    "pingpong_live_1k": ("unbuffered round trip among 1e3 parked", 0.5),
    "pingpong_live": ("unbuffered round trip among 1e6 parked", 0.5),
    "select2_live_1k": ("select of 2, blocking, among 1e3 parked", 0.6),
    "select2_live": ("select of 2, blocking, among 1e6 parked", 0.6),
    "spawn_live_1k": ("spawn + join, batches, among 1e3 parked", 0.5),
    "spawn_live": ("spawn + join, batches, among 1e6 parked", 0.5),
    "park_100k": ("create and park 1e5, per goroutine", 1.0),
    "park_1m": ("create and park 1e6, per goroutine", 1.0),
}
MEMORY_TARGET = 1.7
GROWTH_TARGET = 1.5  # of an operation's cost from 1e3 to 1e6 live goroutines, our own
PEERS = ["ours", "go", "boost"]


def measure(bin_dir, peer, row, processors):
    """(ns per operation, bytes per goroutine), or None when the peer has no such row or fails at it."""
    program = bin_dir / f"bench_runtime_{peer}"
    if not program.exists():
        return None
    env = dict(os.environ)
    if peer == "ours":
        env["GOSAN_OPTIONS"] = f"gomaxprocs={processors}"
        command = [program, f"--benchmark_filter=^{row}/", "--benchmark_format=json"]
    else:
        command = [program, row, str(processors)]
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        if done.returncode != 3:
            print(f"{peer} {row} at {processors}: status {done.returncode}\n{done.stderr}", file=sys.stderr)
        return None
    if peer == "ours":
        counters = json.loads(done.stdout)["benchmarks"][0]
        return counters["ns_per_op"], counters.get("bytes", 0.0)
    ns, size = done.stdout.split()
    return float(ns), float(size)


def ratio(ours, peer):
    return f"{ours / peer:6.2f}" if ours and peer else "     -"


def show(value):
    return f"{value:10.1f}" if value else "         -"


def print_line(label, processors, values, target):
    ours, go, boost = (values.get(p) for p in PEERS)
    mark = ("ok" if ours <= target * go else "MISS") if ours and go else "-"
    print(f"{label:<40} {processors:>5} {show(ours)} {show(go)} {show(boost)} "
          f"{ratio(ours, go)} {ratio(ours, boost)} {target:6.2f} {mark}", flush=True)


def print_growth(row, processors, medians):
    """What an operation costs among 1e6 live goroutines, as a multiple of what it costs among 1e3."""
    few, many = medians.get((row + "_1k", processors)), medians.get((row, processors))
    if not few or not many:
        return
    grown = {p: many[p] / few[p] for p in PEERS if p in few and p in many}
    shown = [f"{grown[p]:10.2f}" if p in grown else "         -" for p in PEERS]
    mark = "-" if "ours" not in grown else "ok" if grown["ours"] <= GROWTH_TARGET else "MISS"
    print(f"{'  growth from 1e3 to 1e6':<40} {processors:>5} {' '.join(shown)} {'-':>6} {'-':>6} {GROWTH_TARGET:6.2f} {mark}",
          flush=True)


def main():
    here = pathlib.Path(__file__).resolve()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=here.parents[3] / "build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--processors", default="1,2")
    args = parser.parse_args()
    unknown = [r for r in args.rows.split(",") if r not in ROWS]
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)}")
    subprocess.run(["cmake", "--build", args.build, "--target", "bench_runtime"], check=True, stdout=sys.stderr)

    print(f"{'ns per operation':<40} {'procs':>5} {'ours':>10} {'go':>10} {'boost':>10} "
          f"{'/go':>6} {'/boost':>6} {'target':>6}")
    seen = {}
    for row in args.rows.split(","):
        label, target = ROWS[row]
        for processors in args.processors.split(","):
            runs = {p: [] for p in PEERS}
            for _ in range(args.rounds):
                for peer in PEERS:
                    if (got := measure(args.build / "bin", peer, row, processors)) is not None:
                        runs[peer].append(got)
            medians = {p: statistics.median(ns for ns, _ in r) for p, r in runs.items() if r}
            sizes = {p: statistics.median(b for _, b in r) for p, r in runs.items() if r}
            print_line(label, processors, medians, target)
            seen[row, processors] = medians
            print_growth(row, processors, seen)
            if any(sizes.values()):
                print_line("  resident bytes per goroutine", processors, sizes, MEMORY_TARGET)


if __name__ == "__main__":
    main()
