#!/usr/bin/env python3
"""What the checks cost: user + system time of the compiler with the plugin against without, on this project's own translation
units and on large ones (json.hpp and Boost used in full).

Each unit is compiled with and without in turn, --rounds times; the ratio is of the smallest times, so that what other
processes do to the machine counts little. The targets are 1.03 at -O2 and 1.10 at -fsyntax-only, for the sum over a set.
Loading the plugin is measured by itself, on an empty file.
"""
import argparse
import json
import os
import pathlib
import resource
import shlex
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
    "boost": """#include <boost/asio.hpp>
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
  gosan::go([c, g]() mutable { g.wait(); c.close(); });
  int sum = 0; for (int v : c) sum += v;
  return sum;
}
""",
}


def seconds(command, folder):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(command, folder, args):
    """The smallest times without and with the plugin."""
    plugin = [f"-fplugin={args.plugin}"]
    best = [float("inf")] * 2
    for _ in range(args.rounds):
        for n, more in enumerate(([], plugin)):
            best[n] = min(best[n], seconds(command + more, folder))
    return best


def own_units(args):
    """Every n-th unit of the project that clang compiles, without what belongs to its object file."""
    entries = [e for e in json.loads(args.database.read_text()) if e["file"].endswith(".cpp") and os.path.exists(e["file"])]
    for e in entries[::max(1, len(entries) // args.units)][:args.units]:
        words = [w for w in shlex.split(e["command"]) if not w.endswith("ccache")]
        keep, skip = [], False
        for at, w in enumerate(words):
            if skip or w == "-c":
                skip = False
            elif w == "-o":
                skip = True
            elif w == "-Xclang" and at + 1 < len(words) and "pch" in words[at + 1]:
                skip = True  # a precompiled header would hide what parsing costs
            elif "cmake_pch" not in w and not w.startswith(("-fplugin", "-fpass-plugin", "-O")):
                keep.append(w)
        yield pathlib.Path(e["file"]).name, [w for w in keep if w not in ("-include-pch",)], e["directory"]


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
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gosan-bench-") as folder:
        sets = {"own": list(own_units(args)), "large": []}
        for name, text in LARGE.items():
            (pathlib.Path(folder) / f"{name}.cpp").write_text(text)
            sets["large"].append((name, [args.cxx, "-std=c++20", "-isystem", args.include, f"{name}.cpp"], folder))
        for mode in args.modes.split(","):
            goal = 1.10 if mode == "-fsyntax-only" else 1.03
            output = [] if mode == "-fsyntax-only" else ["-c", "-o", "/dev/null"]
            for which in args.sets.split(","):
                total = [0.0, 0.0]
                for name, command, where in sets[which]:
                    times = measure([*command, mode, *output], where, args)
                    print(f"  {name:28} {times[0]:7.2f} s {times[1]:7.2f} s  {times[1] / times[0]:.3f}", flush=True)
                    if name != "empty":
                        total = [a + b for a, b in zip(total, times)]
                ratio = total[1] / total[0]
                print(f"{mode} {which}: {total[0]:.2f} s, with checks {total[1]:.2f} s: {ratio:.3f} (target {goal:.2f})"
                      f"{'' if ratio <= goal else ', MISSED'}", flush=True)


if __name__ == "__main__":
    main()
