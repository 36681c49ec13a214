#!/usr/bin/env python3
"""The price of a trace: what recording costs the program, and how fast the file is read.

  tests/bench/trace/run.py [--build DIR] [--rounds N] [--procs N] [--events N] [--part record|read]

record: skynet and pipeline, median of N rounds that take every variant in turn. "recording" is trace / verify: what --trace adds to
        a program under the detectors, on the clock and of processor time, the writer's included. Target: 1.4. On a machine that does
        other work too, read the processor time with --procs 1. First for a program without the pass, then as gosan-c++ and gosan_verify()
        make it, with the pass: there without churn, most of which is the race detector's clocks.
read:   a trace of about so many events of a service under load, recorded here; then gosan trace stats and gosan analyze. Target for
        1e8 events: 60 s and 1 GB.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

RECORDED = {"skynet": 100_000, "pipeline": 100_000, "churn": 100_000}
TARGET = 1.4
EVENTS_PER_ROUND = 22  # of churn, about


def took(program, way, n, **options):
    env = {**os.environ, "GOSAN_OPTIONS": ":".join(f"{k}={v}" for k, v in options.items())}
    done = subprocess.run([program, way, str(n)], env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{program} {way}: status {done.returncode}\n{done.stderr}")
    return [int(ns) / 1e6 for ns in done.stdout.split()]


def record(bin_dir, rounds, procs, folder):
    record_with(bin_dir / "bench_trace_plain", bin_dir / "bench_trace_recording", RECORDED, rounds, procs, folder)
    instrumented = bin_dir / "bench_trace_instrumented"
    if instrumented.exists():
        print("\nwith the pass")
        record_with(bin_dir / "bench_trace_plain", instrumented, {w: n for w, n in RECORDED.items() if w != "churn"}, rounds, procs, folder)


def record_with(plain, recording, ways, rounds, procs, folder):
    variants = {
        "plain": (plain, {}),
        "verify": (recording, {}),
        "trace": (recording, {"trace": folder / "t"}),
        "flight": (recording, {"trace": folder / "t", "trace_window": 5000}),
    }
    print(f"{'ms, median of ' + str(rounds):<27}" + "".join(f"{v:>10}" for v in variants) + f"{'recording':>12}{'flight':>10}")
    for way, n in ways.items():
        times = {v: [] for v in variants}
        for _ in range(rounds):
            for v, (program, options) in variants.items():
                times[v].append(took(program, way, n, gomaxprocs=procs, **options))
        for i, what in enumerate(("on the clock", "of processor")):
            m = {v: statistics.median(t[i] for t in all_times) for v, all_times in times.items()}
            ratio = m["trace"] / m["verify"]
            mark = "" if way == "churn" else "  ok" if ratio <= TARGET else "  MISS"
            print(f"{way + ' ' + what:<27}" + "".join(f"{m[v]:>10.1f}" for v in variants) + f"{ratio:>12.2f}{m['flight'] / m['verify']:>10.2f}{mark}")


def measured(*command):
    start = time.monotonic()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, text=True)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    return out, os.waitstatus_to_exitcode(status), time.monotonic() - start, usage.ru_maxrss / 1024


def read(bin_dir, events, folder):
    file = folder / "t"
    took(bin_dir / "bench_trace_recording", "churn", max(1, events // EVENTS_PER_ROUND), trace=file)
    print(f"{file.stat().st_size / 1e6:.0f} MB recorded")
    for words in (["trace", "stats", file], ["analyze", file, "--report", f"json:{folder / 'found.json'}"]):
        out, status, seconds, mb = measured(bin_dir / "gosan", *words)
        count = out.split(" ", 1)[0] if words[1] == "stats" else ""
        print(f"gosan {' '.join(map(str, words[:2])) if words[1] == 'stats' else words[0]}: {count} {'events, ' if count else ''}"
              f"{seconds:.1f} s, {mb:.0f} MB, status {status}")
    print(f"{len(json.loads((folder / 'found.json').read_text())['findings'])} findings")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[3] / "build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--procs", type=int, default=0, help="gomaxprocs; 0: all")
    parser.add_argument("--events", type=int, default=100_000_000)
    parser.add_argument("--part", choices=("record", "read"), help="one alone")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gosan-bench-") as name:
        if args.part != "read":
            record(args.build / "bin", args.rounds, args.procs, pathlib.Path(name))
        if args.part != "record":
            read(args.build / "bin", args.events, pathlib.Path(name))


if __name__ == "__main__":
    main()
