#!/usr/bin/env python3
"""Writes the seeds of the fuzzer: small traces, built by the grammar of docs/trace-format.md alone.

  tests/trace/fuzz/make_corpus.py [FOLDER]

Kinds of events are numbered by their place in runtime/events/event_kinds.def.
"""
import pathlib
import re
import struct
import sys

HERE = pathlib.Path(__file__).resolve()
TABLE = (HERE.parents[3] / "runtime/events/event_kinds.def").read_text()
KIND = {name: i for i, name in enumerate(re.findall(r"^GOSAN_EVENT\((\w+),", TABLE, re.M))}


def check(data):
    h = 0x811C9DC5
    for byte in data:
        h = (h ^ byte) * 0x01000193 & 0xFFFFFFFF
    return h


def varint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out + bytes([n]))


def zigzag(old, new):
    d = new - old
    return varint(d << 1 if d >= 0 else (-d << 1) - 1)


class Stream:
    """Encodes events as one fresh block does."""

    def __init__(self):
        self.bytes, self.g, self.obj = b"", 0, 0

    def event(self, kind, g, obj=0, a=0, b=0, stack=0, flags=0, after=10):
        present, rest = 0, b""
        if flags:
            present, rest = present | 1, rest + varint(flags)
        if stack:
            present, rest = present | 2, rest + varint(stack)
        if g != self.g:
            present, rest, self.g = present | 4, rest + zigzag(self.g, g), g
        if not obj:
            present |= 16
        elif obj != self.obj:
            present, rest, self.obj = present | 8, rest + zigzag(self.obj, obj), obj
        if a:
            present, rest = present | 32, rest + varint(a)
        if b:
            present, rest = present | 64, rest + varint(b)
        self.bytes += bytes([KIND[kind], present]) + varint(after) + rest
        return self


def header():
    data = b"GOSANTRC" + struct.pack("<HHIQI", 1, 1, 42, 0, 0)
    return data + struct.pack("<I", check(data))


def block(kind, payload=b"", stream=0, flags=1, first=1000):
    data = b"GBLK" + struct.pack("<BBHIIIIQI", kind, flags, 0, stream, len(payload), len(payload), 0, first, check(payload))
    return data + struct.pack("<I", check(data)) + payload


def tables():
    name = b"/bin/program"
    out = b"c" + varint(1000) + varint(5)
    out += b"m" + varint(0) + varint(0x1000) + varint(0x9000) + varint(0) + varint(len(name)) + name
    for i, pcs in enumerate([[0x2000, 0x2100], [0x3000], [0x2000, 0x4000]], 1):
        before = 0
        out += b"s" + varint(i) + varint(len(pcs))
        for pc in pcs:
            out += zigzag(before, pc)
            before = pc
    for i, text in enumerate([b"main", b"worker", b"what was thrown"], 1):
        out += b"t" + varint(i) + varint(len(text)) + text
    return block(2, out) + block(2, b"c" + varint(9000) + varint(8005))


def started():
    return (Stream().event("go_create", 1, 2, 1, stack=1).event("run", 2).event("go_create", 2, 3, 2, stack=2).event("run", 3))


def seeds():
    end = block(3, flags=0)
    yield "empty", header() + end
    yield "no_end", header() + block(1, started().bytes)
    leak = started().event("chan_make", 2, 1, 0, 8, stack=1).event("park", 3, 1, 3, stack=3).event("go_end", 2)
    yield "leak", header() + block(1, leak.bytes) + tables() + end
    misuse = started().event("chan_make", 2, 1, 1, 8).event("chan_close", 2, 1, stack=1).event("chan_send_closed", 3, 1, stack=2)
    yield "send_on_closed", header() + block(1, misuse.event("chan_close_closed", 2, 1).bytes) + tables() + end
    locks = started()
    for g, order in ((2, (1, 2)), (3, (2, 1))):
        for lock in order:
            locks.event("lock_acquire", g, lock, stack=g - 1)
        for lock in reversed(order):
            locks.event("lock_release", g, lock)
    yield "lock_order", header() + block(1, locks.bytes) + tables() + end
    other = (Stream().event("wg_add", 3, 4, 1, 1, stack=2).event("wg_done", 3, 4).event("wg_misuse", 3, 4, 1)
             .event("select_done", 3, 0, 1, 1).event("timer_arm", 3, 5, 700).event("scope_begin", 3, 6, 2).event("scope_end", 3, 6)
             .event("panic", 3, 0, 3, stack=3))
    yield "two_streams", header() + block(1, started().bytes) + block(1, other.bytes, stream=1, first=1005) + tables() + end
    half = started().bytes
    yield "continued", header() + block(1, half[:9]) + block(1, half[9:], flags=0, first=0) + tables() + end


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "corpus"
    folder.mkdir(exist_ok=True)
    for name, data in seeds():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
