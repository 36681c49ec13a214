"""Real programs through gosan-c++: as they stand they are silent; with -DWRONG there is a race at the line marked `// race`.

Also that the detector starts anywhere: without address randomisation, position dependent, static, under a limit of memory.
"""
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import unittest

CXX, HERE = sys.argv[1], pathlib.Path(__file__).parent
PROGRAMS = sorted((HERE / "programs").glob("*.cpp"))


def compile_program(source, into, *flags):
    done = subprocess.run([CXX, "-std=c++20", "-O1", "-g", *flags, source, "-o", into], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return into


def run(program, *, before=(), limit=None, options=""):
    preexec = (lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))) if limit else None
    done = subprocess.run([*before, program], capture_output=True, text=True, timeout=120, preexec_fn=preexec,
                          env={**os.environ, "GOSAN_OPTIONS": options})
    return done.returncode, done.stderr


def second_names():
    listed = (HERE.parent.parent / "checker" / "intercept" / "second_names.def").read_text()
    return set(re.findall(r"^GOSAN_SECOND_NAME\((\w+)\)", listed, re.M))


def marked_line(source):
    return next(n for n, line in enumerate(source.read_text().splitlines(), 1) if "// race" in line)


LOCKS_IN_FREED_MEMORY = """
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

static std::mutex a, b, c;
static std::atomic<int> over{0};  // relaxed: no order, and no deadlock

int main() {
  std::vector<void*> blocks;
  for (std::size_t bytes = 48; bytes < 4096; bytes += 16)
    for (int i = 0; i < 300; ++i) {
      blocks.push_back(std::malloc(bytes));
      auto* m = new (blocks.back()) std::mutex;
      m->lock();
      m->unlock();
    }
  std::thread middle([&blocks] {
    for (void* p : blocks) std::free(p);
    while (over.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
    std::lock_guard hold_a(a);
    std::lock_guard hold_b(b);
  });
  std::thread last([] {
    std::lock_guard hold_b(b);
    std::lock_guard hold_c(c);
    over.fetch_add(1, std::memory_order_relaxed);
  });
  std::thread first([] {
    std::lock_guard hold_c(c);
    std::lock_guard hold_a(a);
    over.fetch_add(1, std::memory_order_relaxed);
  });
  middle.join(), last.join(), first.join();
}
"""


class Programs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gosan-race-")
        self.addCleanup(folder.cleanup)
        self.binary = pathlib.Path(folder.name) / "program"

    def check_wrong(self, source, **how):
        status, text = run(self.binary, **how)
        self.assertEqual(status, 66, text)
        self.assertIn("data-race", text)
        self.assertRegex(text, rf"{re.escape(source.name)}:{marked_line(source)}\b")

    def test_an_order_of_locks_is_judged_in_memory_where_locks_lay(self):
        # What the detector needs memory for under its own lock must not bring it the ends of the objects that lay there.
        source = pathlib.Path(self.binary).with_suffix(".cpp")
        source.write_text(LOCKS_IN_FREED_MEMORY)
        compile_program(source, self.binary, "-fgosan-no-checks")
        status, text = run(self.binary)
        self.assertEqual(status, 66, text)
        self.assertRegex(text, r"lock-order: .* mutex #\d+ -> mutex #\d+ -> mutex #\d+ -> mutex #\d+")

    def test_right_ones_are_silent(self):
        for source in PROGRAMS:
            with self.subTest(source.name):
                compile_program(source, self.binary)
                for _ in range(3):
                    self.assertEqual(run(self.binary), (0, ""))

    def test_wrong_ones_are_found_at_their_line(self):
        for source in PROGRAMS:
            with self.subTest(source.name):
                compile_program(source, self.binary, "-DWRONG")
                self.check_wrong(source)

    def test_right_ones_are_silent_however_they_are_scheduled(self):
        for source in PROGRAMS:
            compile_program(source, self.binary)
            for options in ("force_migrate=1", "perturb=7", "gomaxprocs=1", "gomaxprocs=8") * 3:
                with self.subTest(source.name, options=options):
                    self.assertEqual(run(self.binary, options=options), (0, ""))

    def test_without_address_randomisation(self):
        source = HERE / "programs" / "counter.cpp"
        compile_program(source, self.binary, "-DWRONG")
        self.check_wrong(source, before=("setarch", "-R"))

    def test_position_dependent(self):
        source = HERE / "programs" / "counter.cpp"
        compile_program(source, self.binary, "-DWRONG", "-no-pie")
        self.check_wrong(source)

    def test_static(self):
        for source in (HERE / "programs" / "counter.cpp", HERE / "programs" / "threads.cpp"):
            with self.subTest(source.name):
                compile_program(source, self.binary, "-DWRONG", "-static")
                self.check_wrong(source)
                compile_program(source, self.binary, "-static")
                self.assertEqual(run(self.binary), (0, ""))

    def test_four_gigabytes_of_address_space(self):
        source = HERE / "programs" / "counter.cpp"
        compile_program(source, self.binary, "-DWRONG")
        self.check_wrong(source, limit=4 << 30)

    def test_too_little_address_space_is_said(self):
        source = HERE / "programs" / "counter.cpp"
        compile_program(source, self.binary)
        status, text = run(self.binary, limit=250 << 20)
        self.assertEqual(status, 3)
        self.assertRegex(text, r"(?m)^gosan: .*ulimit -v")


class SecondNames(unittest.TestCase):
    def test_the_list_for_static_links_is_complete(self):
        folder = HERE.parent.parent / "checker" / "intercept"
        used = {m for f in folder.glob("*.cpp") for m in re.findall(r"^GOSAN_NEXT\(\w+, (\w+)\)", f.read_text(), re.M)}
        self.assertEqual(used, second_names())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
