#!/usr/bin/env python3
"""Race detection's price: every workload plain, under ThreadSanitizer and under gosan; time and peak memory.

  tests/bench/race/run.py --build BUILD [--rounds 5] [--only NAME,...] [--json FILE]

BUILD is a finished build of the project. The variants run in turns, so that a noisy minute hits all of them; the table shows medians.
For the goroutine workloads the runtime is built once more under ThreadSanitizer, with its switches announced to it."""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
KINDS = {"CPU": ["containers", "merge_sort", "hash_map", "json", "matrix", "n_body"],
         "threads": ["mutex_queue", "atomics", "read_mostly_map"],
         "goroutines": ["pipeline", "worker_pool", "skynet"]}
FLAGS = ["-std=c++20", "-O2", "-g1", "-DNDEBUG"]


def sanitized_runtime(folder):
    subprocess.run(["cmake", "--preset", "tsan", "-B", folder, "-DGOSAN_PARTS=runtime"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", folder, "gosan", "gosan_main"], check=True, stdout=subprocess.DEVNULL)
    return ["-I", f"{ROOT}/runtime/include", f"-L{folder}/lib", "-lgosan_main", "-Wl,--wrap=main", "-lgosan", "-lpthread"]


def build(name, kind, options, folder):
    source = f"{HERE}/workloads/{name}.cpp"
    driver = f"{options.build}/bin/gosan-c++"
    own = [] if kind == "goroutines" else ["-fgosan-no-main"]
    runtime = sanitized_runtime(f"{folder}/tsan-runtime") if kind == "goroutines" else []
    commands = {"plain": [driver, "-fgosan-plain", *own, *FLAGS, source],
                "tsan": ["clang++-19", "-fsanitize=thread", "-fuse-ld=lld", *FLAGS, source, *runtime],
                "gosan": [driver, "-fgosan-no-checks", *own, *FLAGS, source]}
    programs = {}
    for variant, command in commands.items():
        programs[variant] = f"{folder}/{name}.{variant}"
        subprocess.run([*command, "-o", programs[variant]], check=True)
    return programs


def measure(launcher, program):
    done = subprocess.run([launcher, program], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{program}: exit status {done.returncode}\n{done.stderr[:2000]}")
    seconds, kilobytes = done.stderr.splitlines()[-1].split()
    return done.stdout, float(seconds), int(kilobytes) / 1024


def row(name, programs, rounds, launcher):
    samples, outputs = {variant: [] for variant in programs}, set()
    for _ in range(rounds):
        for variant, program in programs.items():
            out, *numbers = measure(launcher, program)
            outputs.add(out)
            samples[variant].append(numbers)
    if len(outputs) != 1:
        sys.exit(f"{name}: the variants do not print the same: {outputs}")
    return {variant: [statistics.median(column) for column in zip(*s)] for variant, s in samples.items()}


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=f"{ROOT}/build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--json")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    folder = f"{options.build}/bench-race"
    os.makedirs(folder, exist_ok=True)
    launcher = f"{folder}/measure"
    subprocess.run(["clang++-19", "-O1", f"{HERE}/measure.cpp", "-o", launcher], check=True)
    only = set(filter(None, options.only.split(",")))

    print("| workload | kind | plain s | TSan x | gosan x | time ours/TSan | plain MB | TSan MB | gosan MB | memory ours/TSan |")
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
    rows = {}
    for kind, names in KINDS.items():
        for name in names:
            if only and name not in only:
                continue
            r = rows[name] = row(name, build(name, kind, options, folder), options.rounds, launcher)
            (plain, plain_mb), (tsan, tsan_mb), (ours, ours_mb) = r["plain"], r["tsan"], r["gosan"]
            print(f"| {name} | {kind} | {plain:.3f} | {tsan / plain:.2f} | {ours / plain:.2f} | {ours / tsan:.2f} "
                  f"| {plain_mb:.0f} | {tsan_mb:.0f} | {ours_mb:.0f} | {ours_mb / tsan_mb:.2f} |", flush=True)
    ratio = lambda over, under, n: geometric_mean([r[over][n] / r[under][n] for r in rows.values()])
    print(f"| geometric mean | | | {ratio('tsan', 'plain', 0):.2f} | {ratio('gosan', 'plain', 0):.2f} | {ratio('gosan', 'tsan', 0):.2f} "
          f"| | | | {ratio('gosan', 'tsan', 1):.2f} |")
    if options.json:
        with open(options.json, "w") as out:
            json.dump(rows, out, indent=1)


if __name__ == "__main__":
    main()
