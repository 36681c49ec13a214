#!/bin/sh
# check_ir.sh OPT FILECHECK PASS CASE: runs the passes over CASE and checks what comes out. A first line "; OFF: words" switches
# optimisations off.
set -eu
off=$(sed -n 's/^; OFF: //p' "$4" | head -1)
GOSAN_PASS_OFF=$off "$1" -load-pass-plugin="$3" -passes=gosan-mark,gosan-instrument -verify-each -S "$4" | "$2" "$4"
