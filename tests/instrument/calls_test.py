#!/usr/bin/env python3
"""Compiles each program of calls/ at several levels, with each optimisation of the pass alone switched off, with none and with all,
and runs it: the program itself says what is missing."""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser()
for name in ("cxx", "pass", "recorder", "programs"):
    parser.add_argument("--" + name, required=True)
options = vars(parser.parse_args())

here = os.path.dirname(os.path.abspath(__file__))
words = re.findall(r'^GOSAN_OPTIMISATION\(\w+, "([\w-]+)"', open(f"{here}/../../instrument/pass/optimisations.def").read(), re.M)
assert words, "no optimisations listed"
failed = 0
with tempfile.TemporaryDirectory() as folder:
    for source in sorted(glob.glob(options["programs"] + "/*.cpp")):
        if source.endswith("recorder.cpp"):
            continue
        for level in ("-O0", "-O1", "-O3"):
            for off in ["", "all", *words]:
                program = f"{folder}/program"
                subprocess.run([options["cxx"], "-std=c++20", level, "-g1", f"-fpass-plugin={options['pass']}", source,
                                options["recorder"], "-o", program], check=True, env={**os.environ, "GOSAN_PASS_OFF": off})
                done = subprocess.run([program], capture_output=True, text=True)
                if done.returncode:
                    failed += 1
                    print(f"{os.path.basename(source)} {level} without '{off}': status {done.returncode}\n{done.stdout}{done.stderr}")
sys.exit(1 if failed else 0)
