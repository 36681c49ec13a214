"""A program that goes over race_memory: it says so once, ends as it would have, and the result says so too."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

CXX = sys.argv[1]
PROGRAM = """
#include <atomic>
#include <mutex>
#include <vector>
#include <gosan/gosan.hpp>
int main() {
  std::vector<long> many(1 << 19);
  gosan::mutex m;
  std::atomic<int> turns{0};
  gosan::wait_group all;
  for (int g = 0; g < 2; ++g)
    all.go([&] {
      for (long& x : many) { std::lock_guard hold(m); ++x, turns.fetch_add(1); }  // each in an epoch of its own
    });
  all.wait();
#ifdef WRONG
  long x = 0;
  all.go([&] { x = 1; });
  x = 2;  // race
  all.wait();
#endif
}
"""


class Budget(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gosan-budget-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "program.cpp").write_text(PROGRAM)

    def run_with(self, options, *flags):
        subprocess.run([CXX, "-std=c++20", "-O1", "-g1", "-fgosan-no-checks", *flags, "program.cpp", "-o", "program"], cwd=self.folder, check=True)
        result = self.folder / "result"
        result.unlink(missing_ok=True)
        done = subprocess.run(["./program"], cwd=self.folder, capture_output=True, text=True, timeout=120,
                              env={**os.environ, "GOSAN_OPTIONS": f"{options}:result={result}"})
        footer = json.loads(result.read_text().splitlines()[-1])
        return done, footer, result.read_text()

    def test_within_the_budget_nothing_is_said(self):
        done, footer, _ = self.run_with("race_memory=1000000000")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(footer["notes"], [])

    def test_beyond_it_the_program_goes_on_and_the_result_says_what_was_missed(self):
        done, footer, _ = self.run_with("race_memory=4000000")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"^gosan: race_memory was reached: .*\n$")
        self.assertIn("forgotten", footer["notes"][0])
        self.assertGreater(footer["counts"]["times accesses were forgotten"], 0)

    def test_a_race_after_that_is_found(self):
        _, footer, text = self.run_with("race_memory=4000000", "-DWRONG")
        self.assertIn("forgotten", footer["notes"][0])
        self.assertIn('"data-race"', text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
