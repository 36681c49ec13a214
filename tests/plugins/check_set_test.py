#!/usr/bin/env python3
"""Every check has a source file, a page and a test file, and nothing stands there for a check that is not. A check may have
more test files: CHECK_SUBJECT.cpp."""
import pathlib
import sys

root = pathlib.Path(sys.argv[1])
checks = {p.stem for p in (root / "plugins" / "checks").glob("*.cpp")}
pages = {p.stem.replace("gosan-", "", 1).replace("-", "_") for p in (root / "plugins" / "docs").glob("gosan-*.md")}
tests = {p.stem for p in (root / "tests" / "plugins" / "checks").glob("*.cpp")}

wrong = [f"plugins/docs/gosan-{c.replace('_', '-')}.md is missing" for c in sorted(checks - pages)]
wrong += [f"tests/plugins/checks/{c}.cpp is missing" for c in sorted(checks - tests)]
wrong += [f"a page without a check: {c}" for c in sorted(pages - checks)]
wrong += [f"a test without a check: {c}" for c in sorted(tests - checks) if not any(c.startswith(one + "_") for one in checks)]
if not checks:
    wrong.append("no check found")
for c in sorted(checks):
    identity = f'"gosan-{c.replace("_", "-")}"'
    if identity not in (root / "plugins" / "checks" / f"{c}.cpp").read_text():
        wrong.append(f"plugins/checks/{c}.cpp does not define {identity}")
print("\n".join(wrong) or f"{len(checks)} checks, each with its page and its test")
sys.exit(1 if wrong else 0)
