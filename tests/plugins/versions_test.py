#!/usr/bin/env python3
"""A plugin of another major version of LLVM is never loaded: one line says which versions there are, and the compiler fails."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser(description=__doc__)
for name in ("--cxx", "--tidy", "--opt", "--checks", "--module", "--pass-plugin"):
    parser.add_argument(name, required=True)
parser.add_argument("--other-cxx", default="", help="a compiler that nothing is built for; left out when there is none")
args = parser.parse_args()
wrong = []


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=100)


def refused(what, done, *texts):
    said = done.stdout + done.stderr
    lines = [line for line in said.splitlines() if line.startswith("gosan: ")]
    if done.returncode == 0 or len(lines) != 1 or any(t not in lines[0] for t in texts) or "undefined symbol" in said:
        wrong.append(f"{what}: exit status {done.returncode}\n{said}")


def main(folder):
    # The loaders without the plugins of any version, beside one of a version that is not of this compiler.
    alone = {}
    for name, path in (("checks", args.checks), ("tidy", args.module), ("pass", args.pass_plugin)):
        alone[name] = shutil.copy(path, folder / f"gosan_{name}.so")
        (folder / f"gosan_{name}-7.so").touch()
    source, module = folder / "x.cpp", folder / "x.ll"
    source.write_text("int main() {}\n")
    module.write_text("define void @f() {\n  ret void\n}\n")
    refused("checks", run(args.cxx, "-c", source, "-o", folder / "x.o", f"-fplugin={alone['checks']}"), "gosan_checks.so", "built for 7", "GOSAN_LLVM_VERSIONS")
    refused("pass", run(args.cxx, "-c", source, "-o", folder / "x.o", f"-fpass-plugin={alone['pass']}"), "gosan_pass.so", "built for 7")
    refused("pass in opt", run(args.opt, f"-load-pass-plugin={alone['pass']}", "-passes=gosan-mark", "-S", module), "gosan_pass.so")
    refused("module", run(args.tidy, "-load", alone["tidy"], "-checks=gosan-*", source, "--"), "gosan_tidy.so")
    if args.other_cxx:
        for option in (f"-fplugin={args.checks}", f"-fpass-plugin={args.pass_plugin}"):
            refused(f"{args.other_cxx} {option}", run(args.other_cxx, "-c", source, "-o", folder / "x.o", option), "here it is built for")


with tempfile.TemporaryDirectory(prefix="gosan-versions-") as made:
    main(pathlib.Path(made).resolve())
print("\n".join(wrong) or "each is refused in one line")
sys.exit(1 if wrong else 0)
