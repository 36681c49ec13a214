#!/usr/bin/env python3
"""Every access with an order weaker than seq_cst and stronger than relaxed carries a tag like [PARK-1], on its line or in the
comment right above, and every tag stands at two places at least: whoever reads one end finds the other.

  memory_orders_test.py RUNTIME_DIR
"""
import collections
import pathlib
import re
import sys

ORDER = re.compile(r"memory_order_(acquire|release|acq_rel)\b")
TAG = re.compile(r"\[([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*)\]")
LINES_ABOVE = 3  # a statement of two lines under a comment


def main():
    root = pathlib.Path(sys.argv[1])
    places = collections.Counter()
    wrong = []
    for path in sorted(root.rglob("*.[ch]pp")):
        lines = path.read_text().splitlines()
        for i, line in enumerate(lines):
            places.update(TAG.findall(line))
            if ORDER.search(line) and not TAG.search("\n".join(lines[max(0, i - LINES_ABOVE) : i + 2])):
                wrong.append(f"{path}:{i + 1}: no tag names the other end: {line.strip()}")
    wrong += [f"[{tag}] stands at one place only" for tag, n in places.items() if n < 2]
    print("\n".join(wrong) if wrong else f"{len(places)} protocols")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
