#include "live/report.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>

#include "live/actors.hpp"
#include "live/detectors.hpp"
#include "live/race_seam.hpp"
#include "live/spin_lock.hpp"
#include "report/result_file.hpp"
#include "trace/record/record.hpp"

namespace gosan::live {
namespace {

struct taken {
  finding f;
  bool written = false;
};

constinit spin_lock lock;
std::vector<taken>& known() {  // guarded by lock; never destroyed: findings are made while static destructors run
  static auto* v = new std::vector<taken>;
  return *v;
}
constinit std::atomic<std::uint64_t> different{0};
constinit std::atomic<bool> has_result{false};

bool same_place(const call_stack& a, const call_stack& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].pc != b[i].pc) return false;
  return true;
}

// Alike: the same kind of thing at the same places, by whichever goroutines.
bool alike(const finding& a, const finding& b) {
  if (a.kind != b.kind || a.grade != b.grade || a.scope != b.scope || a.parties.size() != b.parties.size()) return false;
  for (std::size_t i = 0; i < a.parties.size(); ++i)
    if (a.parties[i].role != b.parties[i].role || !same_place(a.parties[i].stack, b.parties[i].stack) ||
        !same_place(a.parties[i].created_at, b.parties[i].created_at))
      return false;
  return true;
}

std::vector<std::pair<events::object_id, finding_kind>>& meant() {  // guarded by lock; never destroyed
  static auto* v = new std::vector<std::pair<events::object_id, finding_kind>>;
  return *v;
}

// Returns the scope.
events::object_id fill_scope(finding& f) {
  for (const party& p : f.parties) {
    const events::object_id scope = p.goroutine ? actors::scope_of(p.goroutine) : 0;
    if (!scope) continue;
    if (f.scope.empty()) f.scope = actors::scope_name(scope);
    return scope;
  }
  return 0;
}

}  // namespace

void report(finding&& f) noexcept {
  if (!accepting.load(std::memory_order_relaxed)) return;
  const events::object_id scope = fill_scope(f);
  taken fresh{std::move(f)};
  std::lock_guard hold(lock);
  if (std::find(meant().begin(), meant().end(), std::pair(scope, fresh.f.kind)) != meant().end()) return;
  for (taken& t : known())
    if (alike(t.f, fresh.f)) {
      t.f.count += fresh.f.count;
      return;
    }
  if (has_result.load(std::memory_order_relaxed)) {
    result_file::write_finding(fresh.f);
    fresh.written = true;
  }
  known().push_back(std::move(fresh));
  different.fetch_add(1, std::memory_order_relaxed);
  trace::on_finding();
}

namespace findings {

void meant_in_scope(events::object_id scope, finding_kind kind) {
  const std::lock_guard hold(lock);
  if (scope) meant().emplace_back(scope, kind);
}

std::uint64_t count() noexcept { return different.load(std::memory_order_relaxed); }

std::vector<finding> all() {
  std::vector<finding> out;
  std::lock_guard hold(lock);
  for (const taken& t : known()) out.push_back(t.f);
  return out;
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> repeated() {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> out;
  std::lock_guard hold(lock);
  std::uint64_t number = 0;
  for (const taken& t : known()) {
    if (t.written && t.f.count > 1) out.emplace_back(number, t.f.count);
    number += t.written;
  }
  return out;
}

bool open(const char* path) {
  const bool opened = result_file::open(path);
  has_result.store(opened, std::memory_order_relaxed);
  return opened;
}

}  // namespace findings
}  // namespace gosan::live
