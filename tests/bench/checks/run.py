#!/usr/bin/env python3
"""What the checks cost: user + system time of the compiler with the plugin against without, on this project's own translation
units and on large ones (json.hpp and Boost used in full; each also as if the header were the user's own, so that it is judged).

Each unit is compiled with and without in turn, --rounds times, the first of a pair changing; the ratio is of the medians. The
targets are 1.03 at -O2 and 1.10 at -fsyntax-only, for the sum over a set. Loading the plugin is measured by itself, on an empty
file. --count counts instructions with callgrind instead, fifty times slower but the same on a busy machine.
"""
import argparse
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile

LARGE = {
    "empty": "int main() {}\n",
    "json": """#include <nlohmann/json.hpp>
#include <iostream>
int main() {
  auto j = nlohmann::json::parse(R"({"a": [1, 2.5, "x", null]})");
  auto u = nlohmann::json::to_cbor(j); auto v = nlohmann::json::to_msgpack(j); auto w = nlohmann::json::to_bson(j);
  j = nlohmann::json::from_cbor(u); std::cout << j.dump(2) << j.flatten() << j.patch(nlohmann::json::diff(j, j)) << v.size() << w.size();
}
""",
    "boost": """#define BOOST_THREAD_VERSION 4
#include <boost/asio.hpp>
#include <boost/date_time/posix_time/posix_time.hpp>
#include <boost/thread.hpp>
#include <boost/thread/future.hpp>
#include <boost/spirit/include/qi.hpp>
#include <iostream>
namespace qi = boost::spirit::qi;
int main() {
  boost::asio::io_context io; boost::asio::steady_timer t(io, std::chrono::seconds(1)); t.async_wait([](auto) {}); io.run();
  boost::mutex m; boost::unique_lock<boost::mutex> l(m);
  auto f = boost::async([] { return 1; }).then([](auto g) { return g.get() + 1; });
  std::string s = "1,2,3"; auto i = s.begin(); std::vector<int> v; qi::phrase_parse(i, s.end(), qi::int_ % ',', qi::space, v);
  std::cout << f.get() << v.size() << boost::posix_time::second_clock::local_time();
}
""",
    "goroutines": """#include <gosan/gosan.hpp>
int main() {
  auto c = gosan::make_chan<int>(1); gosan::wait_group g;
  for (int i = 0; i < 4; ++i) g.go([c, i] { c.send(i); });
  gosan::go([c, &g] { g.wait(); c.close(); });
  int sum = 0; for (int v : c) sum += v;
  return sum;
}
""",
}


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    return done


def seconds(command, folder):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(command, folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def instructions(command, folder):
    """In billions. The driver compiles in its own process."""
    done = run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command], folder)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1]) / 1e9


def measure(command, folder, args):
    """The medians without and with the plugin."""
    seen = [], []
    both = list(enumerate(([], [f"-fplugin={args.plugin}"])))
    for number in range(args.rounds):
        for n, more in both if number % 2 == 0 else reversed(both):
            seen[n].append((instructions if args.count else seconds)(command + more, folder))
    return [statistics.median(s) for s in seen]


def without_output(words):
    """A command without what belongs to its object file, and without precompiled headers, which would hide what parsing costs."""
    words = iter(w for w in words if not w.endswith("ccache"))
    for w in words:
        if w == "-o":
            next(words)
        elif w == "-Xclang":
            behind = next(words)
            if behind == "-include-pch":
                next(words), next(words)
            else:
                yield from (w, behind)
        elif w != "-c" and not w.startswith(("-fplugin", "-fpass-plugin", "-O", "-Werror")):
            yield w


def own_units(args):
    """Every n-th unit of the project that clang compiles."""
    entries = [e for e in json.loads(args.database.read_text()) if e["file"].endswith(".cpp") and os.path.exists(e["file"])
               and "clang" in e["command"].split()[0]]
    for e in entries[::max(1, len(entries) // args.units)][:args.units]:
        yield pathlib.Path(e["file"]).name, list(without_output(shlex.split(e["command"]))), e["directory"]


def large_units(args, folder):
    """Headers are the system's where they lie, the user's when they are found by a link in the folder."""
    own = folder / "own"
    own.mkdir()
    for name in ("nlohmann", "boost"):
        (own / name).symlink_to(f"/usr/include/{name}")
    for name, text in LARGE.items():
        (folder / f"{name}.cpp").write_text(text)
        command = [args.cxx, "-std=c++20", "-w", "-isystem", args.include, f"{name}.cpp"]
        yield name, command, folder
        if name in ("json", "boost"):
            yield f"{name}, as the user's own", [*command, f"-I{own}"], folder


def stripped(plugin, folder):
    """valgrind 3.19 cannot read what clang 19 writes for debuggers."""
    for path in pathlib.Path(plugin).parent.glob("gosan_checks*.so"):
        shutil.copy(path, folder)
        run(["strip", "-g", path.name], folder)
    return str(folder / pathlib.Path(plugin).name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", type=pathlib.Path, required=True)
    parser.add_argument("--plugin", required=True)
    parser.add_argument("--cxx", required=True)
    parser.add_argument("--include", required=True)
    parser.add_argument("--units", type=int, default=12, help="how many of the project's own")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--modes", default="-fsyntax-only,-O2")
    parser.add_argument("--sets", default="own,large")
    parser.add_argument("--count", action="store_true", help="instructions instead of seconds, one round")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gosan-bench-") as folder:
        folder = pathlib.Path(folder)
        if args.count:
            args.rounds, args.plugin = 1, stripped(args.plugin, folder)
        unit = "billions" if args.count else "s"
        sets = {"own": list(own_units(args)), "large": list(large_units(args, folder))}
        for mode in args.modes.split(","):
            goal = 1.10 if mode == "-fsyntax-only" else 1.03
            output = [] if mode == "-fsyntax-only" else ["-c", "-o", "/dev/null"]
            for which in args.sets.split(","):
                total = [0.0, 0.0]
                for name, command, where in sets[which]:
                    times = measure([*command, mode, *output], where, args)
                    print(f"  {name:28} {times[0]:7.2f} {unit} {times[1]:7.2f} {unit}  {times[1] / times[0]:.3f}", flush=True)
                    if name != "empty":
                        total = [a + b for a, b in zip(total, times)]
                ratio = total[1] / total[0]
                print(f"{mode} {which}: {total[0]:.2f} {unit}, with checks {total[1]:.2f} {unit}: {ratio:.3f} (target {goal:.2f})"
                      f"{'' if ratio <= goal else ', MISSED'}", flush=True)


if __name__ == "__main__":
    main()
