"""Every sample both ways: what gosan run finds in the program, gosan analyze finds in its trace.

  samples_test.py GOSAN FOLDER_OF_SAMPLES FOLDER_OF_THEIR_PROGRAMS
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

GOSAN, SAMPLES, PROGRAMS = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
# Accesses to memory are not in a trace, nor is the fault of a stack that is full. The race detector stays off: it also judges whether
# an add is ordered before its wait, by clocks that gosan analyze does not keep.
NOT_IN_A_TRACE = {"stack-overflow"}
IN_A_TRACE = "detect=leak,deadlock,lock-order"


def twins():
    """(name, program, GOSAN_OPTIONS) of every twin that was built."""
    for manifest in sorted(SAMPLES.glob("*/manifest.json")):
        for name, twin in json.loads(manifest.read_text()).items():
            program = PROGRAMS / f"{manifest.parent.name}_{pathlib.Path(name).stem}"
            if name.endswith(".cpp") and program.exists():
                yield program.name, program, twin.get("options", "")


def findings(report):
    """(kind, fingerprint, grade) of each."""
    return [(f["kind"], f["fingerprint"], f.get("grade")) for f in json.loads(report.read_text())["findings"] if f["kind"] not in NOT_IN_A_TRACE]


def differences(live, again):
    """What only one of the two has. A trace proves no leak, so the grade may differ. Who was still at work may be found elsewhere in his
    loop: the trace ends a little later than the live run judges."""
    both = collections.Counter(f[:2] for f in live) & collections.Counter(f[:2] for f in again)

    def left(found):
        rest, matched = collections.Counter(), both.copy()
        for kind, fingerprint, grade in found:
            if matched[kind, fingerprint]: matched[kind, fingerprint] -= 1
            else: rest[kind, "at work" if grade == "alive" else fingerprint] += 1
        return rest

    return left(live), left(again)


def both_ways(program, options):
    """The findings of the live run, those of the analysis, and what was printed."""
    with tempfile.TemporaryDirectory(prefix="gosan-both-") as name:
        folder = pathlib.Path(name)
        done = [subprocess.run([GOSAN, *words], capture_output=True, text=True, errors="replace", timeout=100, cwd=folder,
                               env={**os.environ, "GOSAN_OPTIONS": f"{options}:{IN_A_TRACE}".strip(":")})
                for words in (["run", "--trace", "t.trace", "--report", "json:live.json", "--", program],
                              ["analyze", "t.trace", "--report", "json:again.json"])]
        return findings(folder / "live.json"), findings(folder / "again.json"), "".join(d.stderr[-2000:] for d in done)


class BothWays(unittest.TestCase):
    def test_same_findings(self):
        all_twins = list(twins())
        self.assertGreater(len(all_twins), 40)
        found = 0
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = [(name, pool.submit(both_ways, program, options)) for name, program, options in all_twins]
            for name, result in results:
                with self.subTest(name):
                    live, again, said = result.result()
                    found += len(live)
                    self.assertEqual(*differences(live, again), said)
        self.assertGreater(found, 20)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
