#!/usr/bin/env python3
"""Users' builds: one small program, compiled and linked with the plain libgosan.a in the ways users build.

user_builds_test.py CLANG GXX INCLUDE_DIR LIBGOSAN SOURCE_DIR
"""

import os
import subprocess
import sys
import tempfile
import unittest

CLANG, GXX, INCLUDE, LIBRARY, SOURCES = sys.argv[1:6]
EXPECTED = "sum 499500 caught 200 locked 1000 timeout 1\n"


def run(words, **more):
    return subprocess.run(words, capture_output=True, text=True, timeout=250, **more)


class UserBuilds(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def build(self, source, output, *flags, compiler=CLANG, libraries=(LIBRARY,)):
        target = os.path.join(self.folder.name, output)
        done = run([compiler, "-std=c++20", "-g1", "-I" + INCLUDE, os.path.join(SOURCES, source), *libraries,
                    "-o", target, "-pthread", *flags])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        return target

    def expect(self, program, *arguments, text=EXPECTED):
        environment = {k: v for k, v in os.environ.items() if k not in ("ASAN_OPTIONS", "TSAN_OPTIONS", "GOSAN_OPTIONS")}
        for options in ("gomaxprocs=1", "gomaxprocs=4", "gomaxprocs=4:force_migrate=1"):
            with self.subTest(options=options):
                environment["GOSAN_OPTIONS"] = options
                done = run([program, *arguments], env=environment)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, text, ""))

    def program(self, *flags, compiler=CLANG):
        self.expect(self.build("user_program.cpp", "program", *flags, compiler=compiler))

    def test_address_sanitizer(self):
        self.program("-O1", "-fsanitize=address")

    def test_address_sanitizer_with_fake_stacks(self):
        self.program("-O1", "-fsanitize=address", "-fsanitize-address-use-after-return=always")

    def test_thread_sanitizer(self):
        self.program("-O1", "-fsanitize=thread")

    def test_full_lto(self):
        self.program("-O2", "-flto", "-fuse-ld=lld")

    def test_thin_lto(self):
        self.program("-O2", "-flto=thin", "-fuse-ld=lld")

    def test_static(self):
        self.program("-O2", "-static")

    def test_unoptimized_without_pie(self):
        self.program("-O0", "-fno-pie", "-no-pie")

    def test_gcc(self):
        self.program("-O2", compiler=GXX)

    def test_loaded_module(self):
        module = self.build("user_module.cpp", "module.so", "-O2", "-shared", "-fPIC", libraries=())
        # The module finds the runtime in the program, so the program carries and exports all of it.
        host = self.build("user_host.cpp", "host", "-O2", "-rdynamic", "-ldl",
                          libraries=("-Wl,--whole-archive", LIBRARY, "-Wl,--no-whole-archive"))
        self.expect(host, module, text="module sent 4950\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[6:], verbosity=2)
