#!/usr/bin/env python3
"""Large and strange sources: the checks end, soon, and say what they did not follow.

Each source is generated: a megabyte of straight-line operations, thousands of functions, of branches, of goroutines, of
variables, deep nesting, a deep chain of calls. None may crash, and each must end within a minute and a half on any machine:
that is no measurement but the bound of a hang. What the checks give up they say, once, and of no other function: each limit
has a source that just keeps within it, and one that goes one further.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--check", required=True)
parser.add_argument("--include", required=True)
parser.add_argument("--precompiled", required=True)
parser.add_argument("--scale", type=float, default=1)
args = parser.parse_args()
wrong = []
HEAD = "#include <gosan/gosan.hpp>\nbool some();\nvoid use(int&);\n"


def times(n, line):
    return "".join(line.replace("@", str(i)) for i in range(int(n * args.scale)))


def wrong_order(n):
    """Gotos from each block to the one before it in the text, so that what one does reaches the others in as many waves as there are."""
    fields = "".join(f" gosan::mutex m{i};" for i in range(n))
    cases = "".join(f" case {i}: goto l{i};" for i in range(n))
    body = "".join(f"l{i}: m{i}.lock(); goto l{i - 1};\n" for i in range(1, n))
    return f"struct s {{{fields} void f(int n); }};\nvoid s::f(int n) {{\n  switch (n) {{{cases} default: return; }}\nl0: m0.lock(); return;\n{body}}}\n"


WRONG = "void twice(gosan::mutex& m) { m.lock(); m.lock(); m.unlock(); m.unlock(); }\n"


def operations(n):
    return "void f(gosan::chan<int> c, gosan::mutex& m) {\n  m.lock();\n" + "".join(f"  c.send({i});\n" for i in range(n - 1)) + "  m.unlock();\n}\n"


def operations_of_callees(n, each):
    callees = "".join(f"void g{i}(gosan::chan<int> c) {{ {'c.send(1); ' * each}}}\n" for i in range(n))
    return callees + "void f(gosan::chan<int> c, gosan::mutex& m) {\n  m.lock();\n" + "".join(f"  g{i}(c);\n" for i in range(n)) + "  m.unlock();\n}\n"


def starts(n):
    return "void f() {\n" + "".join("  gosan::go([] { (void)some(); });\n" for _ in range(n)) + "}\n"


OPERATIONS = "'f' does more operations on locks and channels, in itself and in what it calls,"
STARTS = "'f' starts goroutines in more places"
# What the remark says of the one function that is given up.
GIVEN_UP = {
    "wrong_order": "'f' has more paths",
    "operations_too_many": OPERATIONS,
    "operations_of_callees_too_many": OPERATIONS,
    "branches": OPERATIONS,
    "starts_too_many": STARTS,
    "channels": STARTS,
    "goroutines": STARTS,
}
SOURCES = {
    "wrong_order": wrong_order(400) + WRONG,
    "wrong_order_but_short": wrong_order(20) + WRONG,
    "operations": operations(300) + WRONG,
    "operations_too_many": operations(301) + WRONG,
    "operations_of_callees": operations_of_callees(13, 23) + WRONG,
    "operations_of_callees_too_many": operations_of_callees(10, 30) + WRONG,
    "starts": starts(64) + WRONG,
    "starts_too_many": starts(65) + WRONG,
    "straight": "void f(gosan::chan<int> c) {\n" + times(30000, "  c.send(@); (void)c.recv();\n") + "}\n",
    "functions": times(8000, "void f@(gosan::mutex& m, gosan::chan<int> c) { m.lock(); if (some()) c.send(@); m.unlock(); }\n"),
    "branches": "void f(gosan::chan<int> c, gosan::mutex& m) {\n" + times(4000, "  if (some()) { m.lock(); c.send(@); m.unlock(); }\n") + "}\n",
    "early_exits": "void f(gosan::chan<int> c, gosan::mutex& m) {\n  m.lock();\n" + times(4000, "  if (some()) { m.unlock(); return; }\n") + "  m.unlock();\n}\n",
    "loops": "void f(gosan::chan<int> c) {\n" + times(60, "  while (some()) {\n") + "c.recv();" + times(60, "}") + "\n}\n",
    "many_loops": "void f(gosan::chan<int> c) {\n  while (some()) {\n" + times(1500, "  while (some()) c.send(@);\n") + "}\n}\n",
    "channels": "void f() {\n" + times(1500, "  auto c@ = gosan::make_chan<int>(); gosan::go([c@] { c@.send(@); }); c@.recv();\n") + "}\n",
    "goroutines": "void f() {\n  int n = 0;\n" + times(1500, "  gosan::go([&n] { use(n); });\n") + "}\n",
    "nested": "void f() { int n = 0;\n" + times(60, "gosan::go([&] { ") + "use(n);" + times(60, " });") + "}\n",
    "chain": "void f0(gosan::mutex& m) { m.lock(); }\n" + "".join(
        f"void f{i + 1}(gosan::mutex& m) {{ f{i}(m); f{i}(m); }}\n" for i in range(int(2000 * args.scale))),
    "recursion": "void g(gosan::mutex& m);\nvoid f(gosan::mutex& m) { m.lock(); g(m); }\nvoid g(gosan::mutex& m) { f(m); m.unlock(); g(m); }\n",
    "switch": "void f(int n, gosan::chan<int> c) {\n  for (;;) switch (n = *c.recv()) {\n" + times(3000, "    case @: c.send(@); [[fallthrough]];\n") + "    default: return;\n  }\n}\n",
    "gotos": "void f(gosan::chan<int> c) {\n" + times(1500, "l@: c.send(@); if (some()) goto l@; if (some()) goto l0;\n") + "}\n",
    "selects": "void f(gosan::chan<int> c) {\n  for (;;) gosan::select(" + times(300, "gosan::recv_case(c, [](std::optional<int>) {}), ") + "gosan::recv_case(c, [](std::optional<int>) {}));\n}\n",
    "macros": "#define A(x) c.send(x); if (some()) return;\n#define B(x) A(x) A(x) A(x) A(x)\n#define C(x) B(x) B(x) B(x) B(x)\n#define D(x) C(x) C(x) C(x) C(x)\n"
              "void f(gosan::chan<int> c) { D(1) D(2) D(3) D(4) D(5) D(6) D(7) D(8) }\n",
}


def main(folder):
    for name, text in SOURCES.items():
        source = folder / f"{name}.cpp"
        source.write_text(HEAD + text)
        command = [args.check, "--quiet", "--checks=*", str(source), "--", "-std=c++20", "-isystem", args.include,
                   "-include-pch", args.precompiled, "-fbracket-depth=1024"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=90)
        except subprocess.TimeoutExpired:
            wrong.append(f"{name} ({source.stat().st_size >> 10} KB): not finished after 90 s")
            continue
        given_up = re.findall(r"remark: (.*) than the checks follow", done.stderr)
        errors = [line for line in done.stderr.splitlines() if " error: " in line]
        print(f"{name}: {source.stat().st_size >> 10} KB, status {done.returncode}{', given up in part and said so' if given_up else ''}", flush=True)
        if given_up != ([GIVEN_UP[name]] if name in GIVEN_UP else []):
            wrong.append(f"{name}: given up: {given_up}")
        if "void twice" in text and "gosan-double-lock" not in done.stderr:
            wrong.append(f"{name}: nothing else is found beside it")
        if done.returncode not in (0, 66) or errors:
            wrong.append(f"{name}: status {done.returncode}\n" + "\n".join(errors[:3]) + done.stderr[-1500:])


with tempfile.TemporaryDirectory(prefix="gosan-large-") as made:
    main(pathlib.Path(made).resolve())
print("\n".join(wrong) or "all end")
sys.exit(1 if wrong else 0)
