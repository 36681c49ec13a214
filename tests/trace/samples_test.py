"""Every sample both ways: what gosan run finds in the program, gosan analyze finds in its trace.

  samples_test.py GOSAN FOLDER_OF_SAMPLES FOLDER_OF_THEIR_PROGRAMS
"""
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
    """Those still at work without a fingerprint: the trace ends a little later than the live run judges, elsewhere in their loop."""
    return sorted((f["kind"], "alive" if f.get("grade") == "alive" else f["fingerprint"])
                  for f in json.loads(report.read_text())["findings"]
                  if f["kind"] not in NOT_IN_A_TRACE)


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
                    self.assertEqual(live, again, said)
        self.assertGreater(found, 20)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
