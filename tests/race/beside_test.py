"""Real programs beside code that is not instrumented, with modules loaded at run time, around fork, and under other layouts of the
address space: what is reported, and the exit status.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

CXX, HERE = sys.argv[1], pathlib.Path(__file__).parent / "beside"


def built(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Beside(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="gosan-race-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.at = pathlib.Path(cls.folder.name)
        flags = ["-fgosan-no-checks", "-std=c++20", "-O1", "-g"]
        built(CXX, *flags, "-shared", "-fPIC", HERE / "module.cpp", "-o", cls.at / "module.so")
        for compiler in ("g++", "clang++-19"):
            built(compiler, "-O1", "-g", "-shared", "-fPIC", HERE / "plain.cpp", "-o", cls.at / "libplain.so")
            built(CXX, *flags, f'-DMODULE="{cls.at}/module.so"', HERE / "program.cpp", cls.at / "libplain.so",
                  f"-Wl,-rpath,{cls.at}", "-o", cls.at / f"program-{compiler}")

    def run_program(self, *arguments, before=(), compiler="g++"):
        done = subprocess.run([*before, self.at / f"program-{compiler}", *arguments], capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def check_found(self, place, *arguments, **how):
        status, _, text = self.run_program(*arguments, "wrong", **how)
        self.assertEqual(status, 66, text)
        source, mark = place
        line = next(n for n, l in enumerate((HERE / source).read_text().splitlines(), 1) if mark in l)
        self.assertRegex(text, rf"{re.escape(source)}:{line}\b")
        return text

    def test_a_library_that_is_not_instrumented(self):
        for compiler in ("g++", "clang++-19"):
            with self.subTest(compiler):
                self.assertEqual(self.run_program("library", compiler=compiler), (0, "", ""))
                text = self.check_found(("program.cpp", "// race through the library"), "library", compiler=compiler)
                self.assertIn("not certain: the stack passes through libplain.so, which is not instrumented", text)
                self.assertIn("memory accesses were not checked in libplain.so", text)

    def test_a_module_loaded_at_run_time(self):
        self.assertEqual(self.run_program("module"), (0, "", ""))
        text = self.check_found(("module.cpp", "// race in the module"), "module")
        self.assertIn("of_module", text)
        self.assertNotIn("not certain", text)

    def test_fork(self):
        self.assertEqual(self.run_program("fork"), (0, "child\n", ""))
        text = self.check_found(("program.cpp", "// race around a fork"), "fork")
        self.assertEqual(text.count("data-race: "), 1)

    def test_layouts(self):
        for before in ((), ("setarch", "-R"), ("setarch", "-L"), ("setarch", "-R", "-L")):
            for _ in range(3):
                with self.subTest(before=before):
                    self.assertEqual(self.run_program("module", before=before), (0, "", ""))
                    self.check_found(("module.cpp", "// race in the module"), "module", before=before)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
