#!/usr/bin/env python3
"""Every pattern of races/patterns.cpp is found with -DRACE, with each optimisation of the pass alone switched on, with none and with
all; and the program is silent without."""
import json
import os
import re
import subprocess
import sys
import tempfile

CXX, HERE = sys.argv[1], os.path.dirname(os.path.abspath(__file__))
WORDS = re.findall(r'^GOSAN_OPTIMISATION\(\w+, "([\w-]+)"', open(f"{HERE}/../../instrument/pass/optimisations.def").read(), re.M)
assert WORDS, "no optimisations listed"
ALONE = [",".join(other for other in WORDS if other != word) for word in WORDS]
failed = 0


def compile_with(off, program, *flags):
    subprocess.run([CXX, "-std=c++20", "-O2", "-g1", "-fgosan-no-checks", *flags, f"{HERE}/races/patterns.cpp", "-o", program], check=True,
                   env={**os.environ, "GOSAN_PASS_OFF": off})


def races_found(program, *words):
    """How many patterns were run, and the kinds of what was found."""
    result = f"{program}.result"
    if os.path.exists(result):
        os.remove(result)
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "GOSAN_OPTIONS": f"result={result}:symbolizer=none"})
    lines = map(json.loads, open(result)) if os.path.exists(result) else []
    return int(done.stdout), [line["finding"]["kind"] for line in lines if line["line"] == "finding"]


def check(off, race, folder):
    program = f"{folder}/program"
    compile_with(off, program, *(["-DRACE"] if race else []))
    patterns, kinds = races_found(program)
    if kinds == ["data-race"] * (patterns if race else 0):
        return 0
    print(f"without '{off}', {'RACE' if race else 'ordered'}: {len(kinds)} findings in {patterns} patterns: {set(kinds)}")
    for n in range(patterns):
        if (found := len(races_found(program, str(n))[1])) != race:
            print(f"  pattern {n}: {found} findings")
    return 1


with tempfile.TemporaryDirectory() as folder:
    failed += check("", False, folder)
    for off in ["", "all", *ALONE]:
        failed += check(off, True, folder)
sys.exit(1 if failed else 0)
