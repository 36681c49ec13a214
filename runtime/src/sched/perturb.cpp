#include "sched/perturb.hpp"

#include "sched/scheduler.hpp"

namespace gosan::rt {

const bool perturbing = process_options().perturb != 0;

namespace {

// One generator for the process: with one processor the same seed gives the same draws in the same order.
std::uint32_t draw(std::uint32_t n) noexcept {
  static constinit std::atomic<std::uint64_t> count{0};
  // splitmix64 of seed and count. Relaxed: only distinct numbers are wanted.
  std::uint64_t x = process_options().perturb * 0xD1342543DE82EF95ULL +
                    count.fetch_add(1, std::memory_order_relaxed) * 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return static_cast<std::uint32_t>(((x ^ (x >> 31)) >> 32) * n >> 32);
}

}  // namespace

bool perturbed_placing() noexcept { return perturbing && draw(4) == 0; }

void preempt_point() noexcept {
  if (perturbing && draw(8) == 0) yield();
}

std::uint32_t choose(std::uint32_t n) noexcept {
  if (perturbing) return draw(n);
  section in;
  if (processor* p = in.proc()) return p->draw(n);
  static constinit std::atomic<std::uint64_t> count{0};
  return static_cast<std::uint32_t>((count.fetch_add(0x9E3779B97F4A7C15ULL, std::memory_order_relaxed) >> 32) * n >> 32);
}

}  // namespace gosan::rt
