#include "intercept/descriptors.hpp"

#include <sys/stat.h>

#include <atomic>
#include <mutex>
#include <new>

#include "events/sink.hpp"
#include "live/internal_alloc.hpp"
#include "live/live.hpp"
#include "live/spin_lock.hpp"

namespace gosan::intercept::descriptors {
namespace {

// What was found out about the lower descriptors; 0 = not yet. Higher ones are asked about each time.
constexpr int remembered = 4096;
constinit std::atomic<events::object_id> known[remembered] = {};

struct file_key {
  std::uint64_t device, inode;
  bool operator==(const file_key&) const = default;
};
struct hash {
  std::size_t operator()(const file_key& k) const noexcept { return k.device * 1000003 ^ k.inode; }
};

// [guarded by lock]
struct {
  live::spin_lock lock;
  live::imap<file_key, events::object_id, hash>* ids = nullptr;
} constinit files;

events::object_id of_key(const file_key& key) noexcept {
  std::lock_guard hold(files.lock);
  if (!files.ids) files.ids = new (live::internal_alloc(sizeof *files.ids)) live::imap<file_key, events::object_id, hash>;
  events::object_id& id = (*files.ids)[key];
  if (!id) id = events::sink::new_object(nullptr);
  return id;
}

events::object_id look_up(int fd) noexcept {
  struct stat info {};
  if (fstat(fd, &info)) return 0;
  if (S_ISSOCK(info.st_mode)) return of_key({~0ull, 0});
  // eventfd and its kin have no type and share one inode: the descriptor itself is the object.
  if ((info.st_mode & S_IFMT) == 0) return of_key({~0ull, 1 + static_cast<std::uint64_t>(fd)});
  return of_key({info.st_dev, info.st_ino});
}

}  // namespace

events::object_id object_of(int fd) noexcept {
  if (fd < 0 || fd >= remembered) return look_up(fd);
  events::object_id id = known[fd].load(std::memory_order_relaxed);
  if (!id) known[fd].store(id = look_up(fd), std::memory_order_relaxed);
  return id;
}

void closed(int fd) noexcept {
  if (fd >= 0 && fd < remembered) known[fd].store(0, std::memory_order_relaxed);
}

}  // namespace gosan::intercept::descriptors
