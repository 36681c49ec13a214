#!/usr/bin/env python3
"""The head of each check's page is what --explain prints from the check's own metadata, and --list-checks knows the check."""
import pathlib
import subprocess
import sys

tool, *pages = sys.argv[1:]
listed = subprocess.run([tool, "--list-checks"], capture_output=True, text=True, check=True).stdout
wrong = [] if pages else ["no page"]
for page in map(pathlib.Path, pages):
    said = subprocess.run([tool, "--explain", page.stem], capture_output=True, text=True)
    if said.returncode or not page.read_text().startswith(said.stdout):
        wrong.append(f"{page}: not what `gosan-check --explain {page.stem}` prints; write its output to the head of the page")
    if f"{page.stem} " not in listed:
        wrong.append(f"{page.stem} is not in --list-checks")
print("\n".join(wrong) or f"{len(pages)} pages agree with the code")
sys.exit(1 if wrong else 0)
