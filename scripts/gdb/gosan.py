"""GDB commands for programs on the gosan runtime, live or from a core file.

    (gdb) source scripts/gdb/gosan.py
    (gdb) info goroutines          all of them: id, name, state, where
    (gdb) goroutine 7 bt           a GDB command in the goroutine's context
    (gdb) goroutine all bt
"""

import gdb

SWITCH_FRAMES = {
    # Registers at the saved stack pointer, lowest address first; the last is where it goes on. See switch/context.cpp.
    "i386:x86-64": (["r15", "r14", "r13", "r12", "rbx", "rbp", "rip"], "rsp"),
    "aarch64": (["x29", "x30", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28"], "sp"),
}
AARCH64_FRAME = 160
STATES = ["free", "runnable", "running", "waiting"]


def architecture():
    return gdb.selected_inferior().architecture().name()


FIELDS = """version slabs slab_count slab_size slab_blocks slab_used
g_size g_id g_state g_is_thread g_context g_name g_why g_creator g_created_at g_waits_on
workers w_running w_tid w_all_link wait_reasons wait_reason_count""".split()  # sched/debug_layout.hpp


def read(address, size=8):
    return int.from_bytes(gdb.selected_inferior().read_memory(address, size).tobytes(), "little")


def text_at(address):
    out = b""
    while not out.endswith(b"\0") and len(out) < 256:
        out += gdb.selected_inferior().read_memory(address + len(out), 1).tobytes()
    return out.rstrip(b"\0").decode(errors="replace")


class Layout:
    """Where the runtime keeps what: read from the program, so that no type information is needed."""

    def __init__(self):
        try:
            base = int(gdb.parse_and_eval("(unsigned long)&gosan_debug_layout"))
        except gdb.error:
            raise gdb.GdbError("this program is not linked with gosan")
        for n, field in enumerate(FIELDS):
            setattr(self, field, read(base + 8 * n))
        if self.version == 0:
            raise gdb.GdbError("the scheduler has not started yet")
        if self.version != 1:
            raise gdb.GdbError("this script is too old or too new for the program's runtime")


class Goroutine:
    def __init__(self, layout, address):
        self.layout = layout
        self.address = address
        self.state = STATES[read(address + layout.g_state, 4)]
        self.id = read(address + layout.g_id)
        self.is_thread = read(address + layout.g_is_thread, 1) != 0
        self.context = read(address + layout.g_context)

    def name(self):
        pointer = read(self.address + self.layout.g_name)
        return text_at(pointer) if pointer else ""

    def state_text(self):
        if self.state == "waiting":
            reason = read(self.address + self.layout.g_why, 1)
            return text_at(read(self.layout.wait_reasons + 8 * reason))
        return self.state

    def saved_registers(self):
        names, stack = SWITCH_FRAMES[architecture()]
        registers = {n: read(self.context + 8 * i) for i, n in enumerate(names)}
        size = AARCH64_FRAME if architecture() == "aarch64" else 8 * len(names)
        registers[stack] = self.context + size
        if "x30" in registers:
            registers["pc"] = registers["x30"]
        return registers

    def pc(self):
        registers = self.saved_registers()
        return registers.get("rip", registers.get("pc"))

    def thread(self):
        """The GDB thread that runs it, if one does."""
        layout = self.layout
        worker = read(layout.workers)
        while worker:
            if read(worker + layout.w_running) == self.address:
                tid = read(worker + layout.w_tid, 4)
                for t in gdb.selected_inferior().threads():
                    if t.ptid[1] == tid:
                        return t
            worker = read(worker + layout.w_all_link)
        return None


def goroutines():
    """All goroutines there are, by id."""
    layout = Layout()
    found = []
    for s in range(read(layout.slab_count)):
        slab = layout.slabs + s * layout.slab_size
        blocks = read(slab + layout.slab_blocks)
        for i in range(read(slab + layout.slab_used)):
            g = Goroutine(layout, blocks + i * layout.g_size)
            if g.state != "free" and not (g.is_thread and g.state != "waiting"):
                found.append(g)
    return sorted(found, key=lambda g: g.id)


def frames(g):
    """Its return addresses by frame pointers, the innermost first."""
    registers = g.saved_registers()
    fp = registers.get("rbp", registers.get("x29"))
    pc = g.pc()
    for _ in range(256):
        if not pc:
            return
        yield pc
        if not fp:
            return
        fp, pc = read(fp), read(fp + 8)


def function_at(pc):
    text = gdb.execute("info symbol 0x%x" % (pc - 1), to_string=True)
    return text.split(" in section")[0].rsplit(" + ", 1)[0].strip()


def line_at(pc):
    line = gdb.find_pc_line(pc - 1)
    return "%s:%d" % (line.symtab.filename, line.line) if line.symtab else ""


def location(g):
    """The innermost frame outside the runtime."""
    if not g.context or g.state == "running":
        return ""
    for pc in frames(g):
        name = function_at(pc)
        if not name.startswith(("gosan::", "gosan_")):
            return "%s at %s" % (name, line_at(pc) or hex(pc))
    return hex(g.pc())


class InfoGoroutines(gdb.Command):
    """All goroutines: id, name, state and where they are."""

    def __init__(self):
        super().__init__("info goroutines", gdb.COMMAND_STATUS)

    def invoke(self, _argument, _from_tty):
        for g in goroutines():
            kind = "thread" if g.is_thread else "goroutine"
            name = ' "%s"' % g.name() if g.name() else ""
            print("%s %d%s [%s] %s" % (kind, g.id, name, g.state_text(), location(g)))


class InContext:
    """Shows GDB the goroutine's registers; restores the thread's afterwards.

    A core file's registers cannot be written, so there the frames are found by a stack walk of ours instead."""

    def __init__(self, g):
        self.g = g

    def __enter__(self):
        self.thread = gdb.selected_thread()
        self.saved = {}
        running_on = self.g.thread()
        if running_on is not None:
            running_on.switch()
            return
        gdb.newest_frame().select()
        for name, value in self.g.saved_registers().items():
            self.saved[name] = int(gdb.parse_and_eval("(unsigned long)$" + name))
        for name, value in self.g.saved_registers().items():
            gdb.execute("set $%s = %d" % (name, value), to_string=True)

    def __exit__(self, *_):
        if self.saved:
            gdb.newest_frame().select()
        for name, value in self.saved.items():
            gdb.execute("set $%s = %d" % (name, value), to_string=True)
        if self.thread is not None:
            self.thread.switch()


def walk(g):
    """A backtrace by frame pointers, for core files."""
    for n, pc in enumerate(frames(g)):
        where = line_at(pc)
        print("#%-2d 0x%016x in %s%s" % (n, pc, function_at(pc), " at " + where if where else ""))


def live():
    """Whether there is a process, and not only its core file."""
    return "Local core dump file" not in gdb.execute("info target", to_string=True)


class GoroutineCommand(gdb.Command):
    """goroutine ID|all COMMAND: runs a GDB command, such as bt, in the goroutine's context."""

    def __init__(self):
        super().__init__("goroutine", gdb.COMMAND_STACK)

    def invoke(self, argument, _from_tty):
        words = argument.split(None, 1)
        if len(words) != 2:
            raise gdb.GdbError("usage: goroutine ID|all COMMAND")
        chosen = [g for g in goroutines() if words[0] == "all" or str(g.id) == words[0]]
        if not chosen:
            raise gdb.GdbError("no goroutine %s" % words[0])
        for g in chosen:
            if words[0] == "all":
                print("\ngoroutine %d [%s]:" % (g.id, g.state_text()))
            self.run(g, words[1])

    def run(self, g, command):
        if g.thread() is None and not g.context:
            print("has not run yet, or is a thread")
        elif g.thread() is None and not live():
            if command.split()[0] not in ("bt", "backtrace", "where"):
                raise gdb.GdbError("of a core file only bt is possible for a goroutine that does not run")
            walk(g)
        else:
            with InContext(g):
                gdb.execute(command)


InfoGoroutines()
GoroutineCommand()
