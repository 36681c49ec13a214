#!/usr/bin/env python3
"""The plain runtime built for aarch64 and run under qemu-user: the context switch, the unwinder over goroutine stacks, and the
memory orders of a weaker machine, as far as an emulator has them.

  aarch64_test.py CLANG++ QEMU RUNTIME_DIR TESTS_SCHED_DIR

Exit status 77 (skipped) when there is no C++ library for the target (Debian: libstdc++-12-dev-arm64-cross).
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

TARGET = "--target=aarch64-linux-gnu"
SKIPPED = 77


def main():
    clang, qemu = sys.argv[1:3]
    runtime, here = (pathlib.Path(a).resolve() for a in sys.argv[3:5])
    flags = [TARGET, "-std=c++20", "-O1", "-g1", "-Wall", "-Wextra", "-Werror",
             f"-I{runtime}", f"-I{runtime / 'include'}", f"-I{runtime / 'src'}"]
    with tempfile.TemporaryDirectory() as at:
        out = pathlib.Path(at)

        def compile_one(source):
            obj = out / ("_".join(source.relative_to(source.parents[2]).parts) + ".o")
            subprocess.run([clang, *(flags if source.suffix == ".cpp" else [TARGET]), "-c", source, "-o", obj], check=True)
            return obj

        def build(source, objects, name):
            subprocess.run([clang, *flags, "-static", "-fuse-ld=lld", source, *objects, "-o", out / name], check=True)
            return out / name

        def run(program, *args, **options):
            env = dict(os.environ, GOSAN_OPTIONS=":".join(f"{k}={v}" for k, v in options.items()))
            return subprocess.run([qemu, program, *args], env=env, capture_output=True, text=True, timeout=120)

        probe = out / "probe.cpp"
        probe.write_text("#include <vector>\nint main() { return std::vector<int>(1)[0]; }\n")
        if subprocess.run([clang, TARGET, "-static", "-fuse-ld=lld", probe, "-o", out / "probe"], capture_output=True).returncode:
            print("no C++ library for aarch64")
            return SKIPPED

        parts = ["src", "options", "symbolize", "events"]
        sources = [s for part in parts for s in (runtime / part).rglob("*") if s.suffix in (".cpp", ".S")]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            objects = list(pool.map(compile_one, sources))

        user = build(here / "user_program.cpp", objects, "user")
        expected = run(user)
        assert expected.returncode == 0 and expected.stdout, expected
        for options in ({"gomaxprocs": 1}, {"gomaxprocs": 4, "force_migrate": 1}, {"gomaxprocs": 4, "perturb": 3}):
            got = run(user, **options)
            assert (got.returncode, got.stdout) == (0, expected.stdout), (options, got)

        ends = build(here / "testprog.cpp", objects, "testprog")
        panic = run(ends, "panic")
        assert panic.returncode == 2 and panic.stderr.startswith("panic: boom [std::runtime_error]\n"), panic
        assert "throw_deep(int)" in panic.stderr and "created by" in panic.stderr, panic
        overflow = run(ends, "overflow")
        assert overflow.returncode == 2 and "\nfatal error: stack overflow\n" in overflow.stderr, overflow
        assert run(ends, "goexit_swallowed").returncode == 2
        assert run(ends, "exit_in_goroutine").returncode == 9
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
