// The findings a team has accepted: only others fail the gate. docs/gate.md describes the file.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "report/document.hpp"

namespace gosan::gate {

struct baseline_entry {
  std::string fingerprint;
  std::string kind, function, message;  // for people
  std::string issue, owner;
  std::string expires;                  // "2026-12-31", its last day; empty: never
};

class baseline {
 public:
  // Throws report::user_error that names the file and the entry at fault.
  static baseline read(const std::string& path);
  // Throws report::user_error when the file cannot be written.
  void write(const std::string& path) const;

  // The entry of a finding, null when it has none.
  const baseline_entry* find(const finding& f) const;
  const std::map<std::string, baseline_entry>& entries() const { return entries_; }

  // Makes it the findings of `d`: entries that are there keep what people wrote into them, new ones get `model`'s issue,
  // owner and expiry, those not found any more go. Returns how many were {added, kept, removed}.
  struct change {
    std::size_t added = 0, kept = 0, removed = 0;
  };
  change update(const report::document& d, const baseline_entry& model);

 private:
  std::map<std::string, baseline_entry> entries_;  // by fingerprint, so that the file has one order
};

bool is_date(const std::string& text);
// "2026-11-21" in UTC.
std::string today();
bool is_expired(const baseline_entry& e, const std::string& today);

}  // namespace gosan::gate
