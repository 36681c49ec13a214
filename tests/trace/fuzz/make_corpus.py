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


def payload_check(data):
    h = 0xCBF29CE484222325 ^ len(data)
    whole = len(data) // 8 * 8
    words = [data[i:i + 8] for i in range(0, whole, 8)] + [data[whole:].ljust(8, b"\0")]
    for word in words:
        h = (h ^ int.from_bytes(word, "little")) * 0x100000001B3 & (1 << 64) - 1
    return (h ^ h >> 32) & 0xFFFFFFFF


def varint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out + bytes([n]))


def zigzag(old, new):
    d = new - old
    return varint(d << 1 if d >= 0 else (-d << 1) - 1)


OTHER, SENT, RECEIVED = "other", "sent", "received"
OBJ_IS_ACTOR = {"go_create", "thread_create", "thread_join", "ready"}
A_IS = {"chan_send": SENT, "chan_sync": SENT, "chan_send_timer": SENT, "chan_recv": RECEIVED}
B_IS = {"chan_sync": OTHER}
IN_SHAPE = {"go_create", "run", "park", "park_case", "chan_make", "select_done", "lock_acquire", "lock_release"}


class Stream:
    """Encodes events as one fresh block does."""

    def __init__(self):
        self.events, self.times, self.last, self.shapes = b"", b"", {}, []

    @property
    def bytes(self):
        return self.events + self.times

    def changed(self, what, now, bit):
        before, self.last[what] = self.last.get(what, 0), now
        return (0, b"") if now == before else (bit, zigzag(before, now))

    def number(self, what, now, bit):
        if what:
            return self.changed(what, now, bit)
        return (bit, varint(now)) if now else (0, b"")

    def event(self, kind, g, obj=0, a=0, b=0, stack=0, flags=0, after=10):
        fields = [
            self.number(None, flags, 1),
            self.number(None, stack, 2),
            self.number(A_IS.get(kind), a, 32),
            self.number(B_IS.get(kind), b, 64),
            (0, varint(after)) if after else (128, b""),
            self.changed("g", g, 4),
            self.changed(OTHER if kind in OBJ_IS_ACTOR else "obj", obj, 8) if obj else (16, b""),
        ]
        data = [field for _, field in fields]
        ab = data[2] + data[3]
        shape = bytes([KIND[kind], sum(bit for bit, _ in fields)]) + data[0] + data[1] + (ab if kind in IN_SHAPE else b"")
        if shape in self.shapes:
            head = bytes([128 + self.shapes.index(shape)])
        else:
            head, self.shapes = shape, self.shapes + [shape]
        self.events += head + data[5] + data[6] + (b"" if kind in IN_SHAPE else ab)
        self.times = data[4][::-1] + self.times
        return self


def header():
    data = b"GOSANTRC" + struct.pack("<HHIQI", 3, 1, 42, 0, 0)
    return data + struct.pack("<I", check(data))


def block(kind, payload=b"", stream=0, flags=1, first=1000):
    data = b"GBLK" + struct.pack("<BBHIIIIQI", kind, flags, 0, stream, len(payload), len(payload), 0, first, payload_check(payload))
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
    meeting = (started().event("chan_make", 2, 1, 0, 8).event("chan_send_begin", 2, 1).event("park", 2, 1, 2, 1, stack=1, after=0)
               .event("stop", 2, after=0).event("run", 3).event("chan_sync", 3, 1, 0, 2).event("ready", 3, 2, after=0)
               .event("chan_make", 3, 2, 4, 8).event("chan_send_begin", 3, 2).event("chan_send", 3, 2, 70, after=0).event("chan_recv", 3, 2, 70))
    yield "meeting", header() + block(1, meeting.bytes) + tables() + end
    waits = block(1, started().event("park", 3, 1, 3, stack=3).event("go_end", 2).bytes, first=1 << 62)
    clock = b"c" + varint(1000) + varint(5) + b"c" + varint(1001) + varint((1 << 63) - 1)
    yield "far_apart", header() + block(1, started().bytes, stream=1) + waits + block(2, clock) + end
    first, whole = Stream().event("go_create", 1, 2, 1, stack=1).event("run", 2), started()
    rest = whole.events[len(first.events):] + whole.times[:-len(first.times)]
    yield "continued", header() + block(1, first.bytes) + block(1, rest, flags=0, first=0) + tables() + end


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "corpus"
    folder.mkdir(exist_ok=True)
    for name, data in seeds():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
