#!/usr/bin/env python3
"""Feeds broken variants of the suite's sources through the checks: no crash, no hang, whatever is typed.

Mutants are cut off in the middle (half-typed), lose, double or swap tokens and lines, take lines of other sources, or are
wrapped in templates and macros. Those that still parse go through the checks as a whole, the others as far as Clang recovers;
both must end with a documented status. A mutant that fails is kept, and the command that shows it is printed; --seed and
--mutants give the same mutants again.

    fuzz.py --check build/bin/gosan-check --include runtime/include --mutants 5000 SOURCES...
"""
import argparse
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

TOKEN = re.compile(r"\s+|[A-Za-z_]\w*|\d[\w.']*|\"(?:\\.|[^\"\\\n])*\"|::|->|&&|\|\||<<|>>|.", re.S)
DOCUMENTED = {0, 3, 66}


def cut(rng, text, _):
    return text[:rng.randrange(len(text))]


def lose_tokens(rng, text, _):
    tokens = TOKEN.findall(text)
    for _ in range(min(rng.randrange(1, 4), len(tokens))):
        del tokens[rng.randrange(len(tokens))]
    return "".join(tokens)


def swap_tokens(rng, text, _):
    tokens = TOKEN.findall(text)
    a, b = rng.randrange(len(tokens)), rng.randrange(len(tokens))
    tokens[a], tokens[b] = tokens[b], tokens[a]
    return "".join(tokens)


def rename(rng, text, _):
    names = sorted(set(re.findall(r"\b[a-z_]\w*\b", text)))  # in the order of no run's hashes, for --seed
    if not names:
        return text
    old, new = rng.choice(names), rng.choice(names)
    return re.sub(rf"\b{old}\b", new, text)


def move_lines(rng, text, other):
    lines, more = text.splitlines(), other.splitlines()
    at, begin = rng.randrange(len(lines)), rng.randrange(len(more))
    lines[at:at + rng.randrange(3)] = more[begin:begin + rng.randrange(1, 6)]
    return "\n".join(lines)


def double_block(rng, text, _):
    lines = text.splitlines()
    begin = rng.randrange(len(lines))
    lines[begin:begin] = lines[begin:begin + rng.randrange(1, 12)]
    return "\n".join(lines)


def make_template(rng, text, _):
    """One function becomes a template that nothing instantiates."""
    heads = list(re.finditer(r"^(?:void|int|bool) \w+\(", text, re.M))
    if not heads:
        return text
    at = rng.choice(heads).start()
    return text[:at] + "template <class T> " + text[at:]


def make_macro(rng, text, _):
    """One line is written through a macro."""
    lines = text.splitlines()
    at = rng.randrange(len(lines))
    if lines[at].lstrip().startswith(("#", "//")) or "//" in lines[at]:
        return text
    lines[at] = f"\n#define GOSAN_FUZZ_LINE {lines[at]}\nGOSAN_FUZZ_LINE"
    return "\n".join(lines)


MUTATIONS = [cut, lose_tokens, swap_tokens, rename, move_lines, double_block, make_template, make_macro]


def mutant(rng, texts):
    text = rng.choice(texts)
    for _ in range(rng.randrange(1, 4)):
        text = rng.choice(MUTATIONS)(rng, text, rng.choice(texts)) or "\n"
    return text


def run(args, files):
    """The status; None for a hang."""
    command = [args.check, "--quiet", "--checks=*", *map(str, files), "--", "-std=c++20", "-isystem", args.include,
               "-I", str(pathlib.Path(__file__).parent / "include"), *args.option]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=args.seconds + 2 * len(files))
        return done.returncode, done.stderr, command
    except subprocess.TimeoutExpired:
        return None, "", command


def fate(status):
    return "hangs" if status is None else f"ends with status {status}"


def blame(args, files, together):
    """The one of several files that makes it fail."""
    for f in files:
        status, said, command = run(args, [f])
        if status not in DOCUMENTED:
            kept = pathlib.Path(tempfile.mkdtemp(prefix="gosan-fuzz-")) / f.name
            shutil.copy(f, kept)
            return f"{kept}: {fate(status)}\n  {' '.join(command).replace(str(f), str(kept))}\n{said[-3000:]}"
    return f"{files[0].name} and the {len(files) - 1} after it: the run {fate(together)}, with none of them alone"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", required=True)
    parser.add_argument("--include", required=True)
    parser.add_argument("--precompiled", help="the .pch of precompiled.hpp, by the compiler that gosan-check is built with: parsed only once")
    parser.add_argument("--mutants", type=int, default=200)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60, help="after which a run counts as a hang, and 2 more per file")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--option", action="append", default=[], help="a further option of the compiler")
    parser.add_argument("sources", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    rng, texts = random.Random(seed), [s.read_text() for s in sorted(args.sources)]
    failures, parsed, begin = [], 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gosan-mutants-") as folder:
        if args.precompiled:
            args.option += ["-include-pch", args.precompiled]
        for first in range(0, args.mutants, args.batch):
            files = []
            for n in range(first, min(first + args.batch, args.mutants)):
                files.append(pathlib.Path(folder) / f"mutant{n}.cpp")
                files[-1].write_text(mutant(rng, texts))
            status, said, _ = run(args, files)
            parsed += len(files) - said.count("could not be parsed as a whole")
            if status not in DOCUMENTED:
                failures.append(blame(args, files, status))
    print(f"{args.mutants} mutants in {time.monotonic() - begin:.0f} s, {parsed} of them parsed as a whole")
    if not parsed:
        failures.append("nothing was parsed as a whole: is a path given wrong?")
    print("\n".join(failures) or "no crash and no hang")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
