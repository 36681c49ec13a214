// Findings made by hand, as detectors would make them, for the tests of what is made of findings.
#pragma once

#include <string>

#include "report/document.hpp"

namespace planted {

inline gosan::frame frame(const std::string& function, const std::string& file, unsigned line, unsigned column = 0) {
  gosan::frame f;
  f.function = function;
  f.file = file;
  f.line = line;
  f.column = column;
  f.module = "/src/app/program";
  f.offset = line * 16;
  return f;
}

inline gosan::party party(const std::string& role, std::uint64_t goroutine, gosan::call_stack stack) {
  gosan::party p;
  p.role = role;
  p.goroutine = goroutine;
  p.stack = std::move(stack);
  return p;
}

inline gosan::finding race() {
  gosan::finding f;
  f.kind = gosan::finding_kind::data_race;
  f.message = "goroutine 2 writes the global hits, which main reads, and nothing orders the two";
  auto writer = party("write of 4 bytes", 2,
                      {frame("counter::add(int)", "/src/app/counter.cpp", 12, 5), frame("worker(counter&)", "/src/app/main.cpp", 30),
                       frame("gosan::detail::closure<void (*)(counter&), counter&>::run()", "/opt/gosan/go.hpp", 80)});
  writer.name = "worker";
  writer.creator = 1;
  writer.created_at = {frame("void gosan::go<void (&)(counter&), counter&>(void (&)(counter&), counter&)", "/opt/gosan/go.hpp", 95),
                       frame("main", "/src/app/main.cpp", 44, 3)};
  auto reader = party("previous read of 4 bytes", 1, {frame("main", "/src/app/main.cpp", 45, 20)});
  reader.name = "main";
  gosan::held_lock lock;
  lock.name = "mutex m1";
  lock.read = true;
  lock.acquired_at = {frame("main", "/src/app/main.cpp", 41)};
  reader.locks = {lock};
  f.parties = {writer, reader};
  f.objects = {{"global hits", {}}};
  f.notes = {"both hold different locks"};
  f.confidence = "uninstrumented module libz.so between";
  f.scope = "Counter.Adds";
  return f;
}

inline gosan::finding leak() {
  gosan::finding f;
  f.kind = gosan::finding_kind::goroutine_leak;
  f.grade = "alive";
  f.message = "goroutine 7 still waits to send on chan 3 when main returns";
  f.count = 3;
  auto stuck = party("blocked", 7,
                     {frame("gosan::sched::park()", "/opt/gosan/park.cpp", 9), frame("gosan::chan<int>::send(int)", "/opt/gosan/chan.hpp", 70),
                      frame("main::$_0::operator()() const", "/src/app/main.cpp", 50)});
  stuck.state = "chan send";
  stuck.creator = 1;
  stuck.created_at = {frame("main", "/src/app/main.cpp", 49)};
  f.parties = {stuck};
  f.objects = {{"chan<4 bytes> capacity 0", {frame("main", "/src/app/main.cpp", 48)}}};
  return f;
}

// A finding of which next to nothing is known, with characters that each format must escape.
inline gosan::finding bare() {
  gosan::finding f;
  f.kind = gosan::finding_kind::unhandled_panic;
  f.message = "what() says \"<a & b>\"\n and \xff";
  gosan::frame unknown;
  unknown.module = "/usr/lib/lib c++.so";
  unknown.offset = 0x1f;
  f.parties = {party("", 0, {unknown}), party("went away", 9, {})};
  return f;
}

// At compile time, with a repair of two parts in one file.
inline gosan::report::document repairable() {
  gosan::finding f;
  f.check = "gosan-closure-capture";
  f.message = "the goroutine captures 'n' by reference";
  f.parties = {party("here: n", 0, {frame("late", "/src/app/late.hpp", 3, 14)})};
  f.parties[0].state = "source";
  f.fix = {{"/src/app/late.hpp", 3, 14, 3, 16, "n"}, {"/src/app/late.hpp", 4, 1, 4, 1, "// by value\n"}};
  f.fingerprint = "00000000deadbeef";
  gosan::report::document d;
  d.findings = {f};
  return d;
}

inline gosan::report::document document() {
  gosan::report::document d;
  gosan::report::process_run p;
  p.pid = 42;
  p.program = "/src/app/program";
  p.gosan_version = "0.1.0";
  p.detectors = {"race", "leak"};
  p.instrumented = p.ended = p.finished = true;
  p.status = 1;
  p.counts = {{"accesses", 1000}};
  p.notes = {"libz.so is not instrumented"};
  d.processes = {p};
  d.findings = {race(), leak(), bare()};
  for (auto& f : d.findings) f.fingerprint = "00000000deadbeef";
  return d;
}

}  // namespace planted
