#!/usr/bin/env python3
"""gosan-check's command line and the compiler plugin: exit statuses, roles by annotation and by JSON, NOLINT, -Werror, --fix,
whose headers are judged."""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser(description=__doc__)
for name in ("--cxx", "--plugin", "--check", "--include", "--precompiled"):
    parser.add_argument(name, required=True)
args = parser.parse_args()
args.include = pathlib.Path(args.include).resolve()
wrong = []

FLAGGED = "void f() { int n = 1;\n  gosan::go([&n] { int m = n; (void)m; });\n}\n"
SILENCED = FLAGGED.replace("});", "});  // NOLINT(gosan-closure-capture)")
CLEAN = "void f() { int n = 1;\n  gosan::go([n] { int m = n; (void)m; });\n}\n"
POOL = "template <class F> void submit(F) {}\nvoid f() { int n = 1;\n  submit([&n] { int m = n; (void)m; });\n}\n"
ANNOTATED = POOL.replace("void submit", '[[clang::annotate("gosan::spawn")]] void submit')
INCLUDE = "#include <gosan/gosan.hpp>\n"
HEADER_MISSING = """#include "none.hpp"
#include <chrono>
class rate_limiter {
 public:
  rate_limiter(std::size_t rate, std::chrono::milliseconds interval)
      : tokens_(gosan::make_chan<void>(rate)) {
    for (std::size_t i = 0; i < rate; ++i) tokens_.send();
    refilling_.go([this, interval] { refill(interval); });
  }
  ~rate_limiter() {
    stop_.close();
    refilling_.wait();
  }

  void wait() { tokens_.recv(); }

 private:
  void refill(std::chrono::milliseconds interval) {
    gosan::ticker every{interval};
    gosan::deferstop{[&every] { every.stop(); }};
    while (gosan::select(gosan::recv_case(stop_), gosan::recv_case(every.chan())) != 0) {
      tokens_.try_send();
    }
  }

  gosan::chan<void> tokens_;
  gosan::chan<void> stop_ = gosan::make_chan<void>();
  gosan::wait_group refilling_;
};
"""
# A member's initialiser that names a function only is none; a loop that does not parse is not in the tree, but in the text.
HALF_TYPED = INCLUDE + """void use(int);
class half_read {
 public:
  half_read() {
    gosan::go([this] {
      for (auto& v : values_) use(v);
    });
  }
  void put(int v) { values_.send(v); }
 private:
  gosan::chan<int> values_ = gosan::make_chan<int>();
};
struct whole {
  gosan::chan<int> c_ = gosan::make_chan<int>();
  void put() { c_.send(1); }
  int take() { return *c_.recv(); }
};
class typed {
 public:
  typed() {
    gosan::go([this] {
      for (int v : values_) use(v);
    });
  }

 private:
  gosan::chan<int> values_ = go"""


def expect(what, done, status, *texts):
    said = done.stdout + done.stderr
    missing = [t for t in texts if t not in said]
    if done.returncode != status or missing:
        wrong.append(f"{what}: exit status {done.returncode}, not {status}; missing {missing}\n{said}")


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=100)


def plugin(source, *more):
    return run(args.cxx, "-std=c++20", "-fsyntax-only", "-isystem", args.include, "-include-pch", args.precompiled,
               f"-fplugin={args.plugin}", *more, source)


def main(folder):
    def put(name, text):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        return folder / name

    names = {"flagged": FLAGGED, "silenced": SILENCED, "clean": CLEAN}
    files = {n: put(n + ".cpp", INCLUDE + t) for n, t in names.items()}
    files |= {"annotated": put("annotated.cpp", ANNOTATED), "pool": put("pool.cpp", POOL), "broken": put("broken.cpp", "int f( {\n")}
    # Behind a fatal error nothing is instantiated: the destructor's members are of classes without a definition.
    header_missing = put("header_missing.cpp", HEADER_MISSING)
    # Not a system header: the library's own are told from the user's, also from those in a folder of the same name.
    options = ["-std=c++20", f"-I{args.include}", f"-I{folder}"]
    put("include/gosan/mine.hpp", "inline " + FLAGGED)
    files["header"] = put("header.cpp", INCLUDE + '#include "include/gosan/mine.hpp"\n')
    fast = [*options, "-include-pch", args.precompiled]
    put("compile_commands.json", json.dumps(
        [{"directory": str(folder), "file": str(f), "arguments": ["c++", *(options if f == files["header"] else fast), "-c", str(f)]}
         for f in files.values()]))
    check = lambda *more: run(args.check, "-p", folder, *more)

    expect("flagged", check(files["flagged"]), 66, "[gosan-closure-capture]", "flagged.cpp:3:")
    for name in ("clean", "silenced", "pool"):
        expect(name, check(files[name]), 0)
    expect("annotated", check(files["annotated"]), 66, "annotated.cpp:3:")
    expect("a user's include/gosan", check(files["header"]), 66, "mine.hpp:2:")
    expect("broken", check(files["broken"]), 3, "could not be parsed")
    expect("a header is missing", run(args.check, header_missing, "--", *fast), 3, "could not be parsed")
    expect("half-typed", run(args.check, put("half_typed.cpp", HALF_TYPED), "--", *fast), 3, "could not be parsed")
    expect("all of the database", check("-j1"), 66, "flagged.cpp:3:", "annotated.cpp:3:")
    expect("missing file", check(folder / "none.cpp"), 2, "no such file")
    expect("no database", run(args.check, "-p", "/proc", files["clean"]), 2, "no compilation database")
    expect("no such folder", run(args.check, "-p", folder / "none", files["clean"]), 2, "no such folder")
    expect("unknown check", check("--checks=gosan-none", files["clean"]), 2, "gosan-none")
    expect("unknown option", check("--none"), 2, "--none")
    expect("off", check("--checks=-gosan-closure-capture", files["flagged"]), 0)
    expect("error", check("--error=gosan-closure-capture", files["flagged"]), 66, "error: ")
    expect("list", run(args.check, "--list-checks"), 0, "gosan-closure-capture ")
    expect("explain", run(args.check, "--explain", "gosan-closure-capture"), 0, "gosan-closure-capture")
    expect("explain none", run(args.check, "--explain", "gosan-none"), 2, "no check is called 'gosan-none'")
    expect("arguments of a compiler", run(args.check, files["flagged"], "--", *options), 66, "flagged.cpp:3:")

    expect("plugin", plugin(files["flagged"]), 0, "warning: ", "[gosan-closure-capture]")
    expect("plugin with -Werror", plugin(files["flagged"], "-Werror"), 1, "error: ", "[gosan-closure-capture]")
    expect("plugin with an error list", plugin(files["flagged"], "-fplugin-arg-gosan-error=gosan-*"), 1, "error: ")
    expect("plugin, unknown check", plugin(files["clean"], "-fplugin-arg-gosan-checks=gosan-none"), 1, "gosan-none")
    expect("plugin, -Werror, silenced", plugin(files["silenced"], "-Werror"), 0)

    roles = put("roles.json", json.dumps({"roles": {"submit": "spawn"}}))
    expect("roles by a named file", check(f"--config={roles}", files["pool"]), 66, "pool.cpp:3:")
    put(".gosan.json", json.dumps({"roles": {"submit": "spawn"}}))
    expect("roles by the nearest file", check(files["pool"]), 66, "pool.cpp:3:")
    expect("plugin, roles by the nearest file", plugin(files["pool"], "-Werror"), 1, "pool.cpp:3:")
    put(".gosan.json", json.dumps({"roles": {"submit": "nothing"}}))
    expect("unknown role", check(files["pool"]), 2, "'submit' has no known role")
    put(".gosan.json", json.dumps({"checks": ["gosan-none"]}))
    expect("unknown check in a file", check(), 2, ".gosan.json: gosan: no check is called 'gosan-none'")
    put(".gosan.json", "{")
    expect("no JSON", check(), 2, ".gosan.json: not JSON")
    (folder / ".gosan.json").unlink()

    expect("fix", check("--fix", files["flagged"]), 66)
    if files["flagged"].read_text() != INCLUDE + CLEAN:
        wrong.append("--fix wrote:\n" + files["flagged"].read_text())
    expect("fixed", check(files["flagged"]), 0)


with tempfile.TemporaryDirectory(prefix="gosan-front-") as made:
    main(pathlib.Path(made).resolve())
print("\n".join(wrong) or "the front ends answer as they should")
sys.exit(1 if wrong else 0)
