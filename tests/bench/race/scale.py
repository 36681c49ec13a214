#!/usr/bin/env python3
"""What race detection costs among many live goroutines: one table, ours and (where Go is installed) `go build -race`.

  tests/bench/race/scale.py --build BUILD [--rounds 3] [--live 100,10000,1000000] [--go-live 100,10000,100000]

The last column says how much more the row costs with the most goroutines than with the fewest; `target` is what the project has set
itself. Medians; the peers run in turns."""
import argparse
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
TARGETS = {"bytes_per_parked": 8192, "spawn_ns": 1000, "buffered_item_ns": 150}


def build(options, folder):
    programs = {"gosan": f"{folder}/live.gosan"}
    subprocess.run([f"{options.build}/bin/gosan-c++", "-fgosan-no-checks", "-std=c++20", "-O2", "-g1", "-DNDEBUG",
                    f"{HERE}/scale/live.cpp", "-o", programs["gosan"]], check=True)
    if shutil.which("go"):
        programs["go -race"] = f"{folder}/live.go-race"
        subprocess.run(["go", "build", "-race", "-o", programs["go -race"], f"{HERE}/scale/live.go"], check=True,
                       env={**os.environ, "GOFLAGS": "-mod=mod", "GOCACHE": f"{folder}/go-cache"})
    return programs


def measure(program, live):
    done = subprocess.run([program, str(live)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{program} {live}: exit status {done.returncode}\n{done.stderr[:2000]}")
    return {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=f"{ROOT}/build")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--live", default="100,10000,1000000")
    parser.add_argument("--go-live", default="100,10000,100000")
    options = parser.parse_args()
    folder = f"{os.path.abspath(options.build)}/bench-race"
    os.makedirs(folder, exist_ok=True)
    programs = build(options, folder)
    numbers = {"gosan": options.live.split(","), "go -race": options.go_live.split(",")}
    samples = {(peer, live): [] for peer in programs for live in numbers[peer]}
    for _ in range(options.rounds):
        for peer, live in samples:
            samples[peer, live].append(measure(programs[peer], live))
    for peer in programs:
        few, most = numbers[peer][0], numbers[peer][-1]
        print(f"\n| {peer}, live goroutines | " + " | ".join(numbers[peer]) + " | most/fewest | target |\n|---|" + "---|" * (len(numbers[peer]) + 2))
        for name in samples[peer, few][0]:
            value = {live: statistics.median(s[name] for s in samples[peer, live]) for live in numbers[peer]}
            print(f"| {name} | " + " | ".join(f"{value[live]:.1f}" for live in numbers[peer]) +
                  f" | {value[most] / max(value[few], 0.1):.2f} | {TARGETS.get(name, '')} |", flush=True)


if __name__ == "__main__":
    main()
