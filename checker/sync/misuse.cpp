#include "sync/misuse.hpp"

#include <algorithm>

namespace gosan::sync {
finding misuse_detector::begin(finding_kind kind, const events::event& e, std::string role, std::string message) {
  note_misuser(e.g);
  finding f;
  f.kind = kind;
  f.message = std::move(message);
  party& p = f.parties.emplace_back(env_.party_of(e.g));
  p.role = std::move(role);
  p.stack = env_.frames_of(e.stack ? e.stack : env_.capture());
  if (e.obj) {
    described_object& o = f.objects.emplace_back();
    o.what = objects_.name(e.obj);
    if (const object* known = objects_.find(e.obj)) o.created_at = env_.frames_of(known->created_at.load(relaxed));
  }
  return f;
}

// The panic follows at once or is caught: the latest are enough, however often a program catches them.
void misuse_detector::note_misuser(events::actor_id g) noexcept {
  constexpr std::size_t most = 1024;
  misusers_.with([g](auto& all) {
    if (all.size() == most) all.erase(all.begin(), all.begin() + most / 2);
    all.push_back(g);
  });
}

bool misuse_detector::is_misuser(events::actor_id g) const noexcept {
  return misusers_.with([g](const auto& all) { return std::find(all.begin(), all.end(), g) != all.end(); });
}

void misuse_detector::add_other(finding& f, events::actor_id g, events::stack_id at, const char* role) {
  if (!g) return;
  party& p = f.parties.emplace_back(env_.party_of(g));
  p.role = role;
  p.stack = env_.frames_of(at);
}

void misuse_detector::on_event(const events::event& e) {
  switch (e.what) {
    using enum events::kind;
    case chan_send_closed:
    case chan_close_closed: {
      const bool send = e.what == chan_send_closed;
      finding f = begin(send ? finding_kind::send_on_closed : finding_kind::close_of_closed, e,
                        send ? "sends" : "closes again",
                        std::string(send ? "send on closed " : "close of closed ") + objects_.name(e.obj));
      if (!e.obj) f.message = "close of nil channel";
      if (const object* o = objects_.find(e.obj))
        add_other(f, o->closed_by.load(relaxed), o->closed_at.load(relaxed), "closed it");
      return env_.report(std::move(f));
    }
    case wg_add:
    case wg_done: {
      if (e.b != 0) return;
      last_use& u = last_.at(e.obj);
      u.by.store(e.g, relaxed);
      u.at.store(e.stack ? e.stack : env_.capture(), relaxed);
      return;
    }
    case wg_misuse: {
      const bool negative = e.a == 1;
      finding f = begin(finding_kind::wait_group_misuse, e, negative ? "makes the counter negative" : "adds",
                        negative ? "the counter of " + objects_.name(e.obj) + " became negative"
                                 : objects_.name(e.obj) + " was used again before the previous wait had returned");
      if (const last_use* u = last_.find(e.obj); u && negative)
        add_other(f, u->by.load(relaxed), u->at.load(relaxed), "brought the counter to zero");
      return env_.report(std::move(f));
    }
    case lock_misuse: {
      finding f = begin(finding_kind::double_lock, e, "unlocks",
                        "unlock of " + objects_.name(e.obj) + ", which nobody holds");
      add_other(f, locks_.unlocked_last_by(e.obj), 0, "unlocked it last");
      return env_.report(std::move(f));
    }
    default: return;
  }
}

}  // namespace gosan::sync
