#!/usr/bin/env bash
# prelink.sh OUT OBJECT... [ARCHIVE...]: one relocatable object of all OBJECTs and what they need of the ARCHIVEs, with a copy of its own of every template and inline function.
#
# The recording library watches code that is compiled with calls into it. Both instantiate the same templates
# (std::string, containers), and a linker keeps one copy of each: it would be the user's, with the calls, and the library
# would watch itself, endlessly or before it has begun. So the groups that invite merging are dissolved, and the weak
# symbols they defined become local, and so does all that came from an archive. The library's own names (namespace gosan, __gosan_*) and what it interposes stay.
set -euo pipefail
out=$1
shift
ld.bfd -r --force-group-allocation -o "$out.merged" "$@"
nm --defined-only "$out.merged" |
  awk '$2 ~ /^[WVu]$/ && $3 !~ /^_Z(N|NK|TV|TI|TS|TT|GVN|GVZN|ZN|ZNK)5gosan/ && $3 !~ /^_?_?gosan/ {print $3}' > "$out.local"
for part in "$@"; do
  [[ $part == *.a ]] && nm --defined-only "$part" 2>/dev/null | awk 'NF == 3 {print $3}' >> "$out.local"
done
objcopy --localize-symbols="$out.local" "$out.merged" "$out"
rm -f "$out.merged" "$out.local"
