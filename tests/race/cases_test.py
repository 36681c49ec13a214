"""Programs of many cases (cases/case.hpp), compiled by gosan-c++: each is silent as it stands, however it is scheduled; run as
`wrong` it is reported at every line marked `// race NAME`. Cases called TestRace... are wrong as they stand, TestNoRace... never.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

CXX, SOURCES = sys.argv[1], [pathlib.Path(p) for p in sys.argv[2:]]


def compiled(source, folder):
    binary = pathlib.Path(folder) / source.stem
    done = subprocess.run([CXX, "-fgosan-no-checks", "-std=c++20", "-O1", "-g", source, "-o", binary], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return binary


def run(*command, options=""):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, "GOSAN_OPTIONS": options})
    return done.returncode, done.stdout + done.stderr


def lines_shown(text, source):
    return {int(n) for n in re.findall(rf"{re.escape(source.name)}:(\d+)", text)}


class Cases(unittest.TestCase):
    def check_silent(self, binary, name):
        for options in ("", "perturb=3", "gomaxprocs=1"):
            with self.subTest(name, options=options):
                self.assertEqual(run(binary, name, options=options), (0, ""))

    def check_reported(self, binary, name, source):
        marked = {n for n, line in enumerate(source.read_text().splitlines(), 1) if re.search(rf"// race {name}\b", line)}
        with self.subTest(name + " wrong"):
            self.assertTrue(marked)
            status, text = run(binary, name, "wrong")
            # What races may go wrong as well, once it was reported: a call through half a function object, a block freed twice.
            self.assertIn(status, {66, -signal.SIGSEGV, -signal.SIGABRT}, text)
            # An unordered close that comes before the send is told as what it is.
            self.assertRegex(text, "data-race|send-on-closed" if name.endswith("CloseSend") else "data-race")
            self.assertEqual(marked - lines_shown(text, source), set(), text)

    def test_all(self):
        with tempfile.TemporaryDirectory(prefix="gosan-race-") as folder:
            for source in SOURCES:
                binary = compiled(source, folder)
                for name in run(binary)[1].split():
                    if not name.startswith("TestRace"): self.check_silent(binary, name)
                    if not name.startswith("TestNoRace"): self.check_reported(binary, name, source)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
