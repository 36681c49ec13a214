#!/usr/bin/env python3
"""The checks over the examples of Boost.Fiber, which nobody wrote with them in mind: prints every diagnostic, and exits with 1
when there is one that KNOWN does not name, or when one that it names is missing (docs/checks-on-boost-fiber.md). The examples
come with Boost's sources:

    apt-get source boost1.74          # or https://github.com/boostorg/fiber
    fiber_examples.py --check build/bin/gosan-check boost1.74-*/libs/fiber/examples

The headers of libboost-fiber-dev must be installed.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

# (file, check): why it is true.
KNOWN = {
    ("asio/autoecho.cpp", "gosan-lost-exception"): "an error of a socket ends the whole program, where session() and server() catch it",
    ("asio/ps/server.cpp", "gosan-endless-goroutine"): "an accept that fails for good is tried again for ever, and nothing can end the loop",
}

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--check", required=True)
parser.add_argument("examples", type=pathlib.Path)
args = parser.parse_args()

sources = sorted(p for p in args.examples.rglob("*.cpp") if not {"cuda", "hip", "numa"} & set(p.parts))
if not sources:
    sys.exit(f"no sources in {args.examples}")
with tempfile.TemporaryDirectory() as folder:
    report = pathlib.Path(folder) / "report.json"
    done = subprocess.run([args.check, f"--report=json:{report}", *map(str, sources), "--", "-std=c++17"],
                          capture_output=True, text=True)
    if done.returncode not in (0, 3, 66):
        sys.exit(done.stderr)
    found = json.loads(report.read_text())["findings"]
broken = sorted(set(re.findall(r"^(\S+): could not be parsed", done.stderr, re.M)))
new, seen = 0, set()
for f in found:
    at = f["parties"][0]["stack"][0]
    name = str(pathlib.Path(at["file"]).relative_to(args.examples.resolve()))
    why = KNOWN.get((name, f["kind"]))
    new += why is None
    seen.add((name, f["kind"]))
    print(f"{name}:{at['line']}: {f['message']} [{f['kind']}]" + (f"\n    true: {why}" if why else ""))
for path in broken:
    print(f"{path}: does not compile, checked as far as Clang recovers")
missing = sorted(set(KNOWN) - seen)
for name, check in missing:
    print(f"{name}: no longer found: {check}")
print(f"{len(sources)} examples, {len(found)} findings, {new} of them not known")
sys.exit(1 if new or missing else 0)
