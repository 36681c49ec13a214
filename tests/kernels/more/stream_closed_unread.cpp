// A stream's reader waits for the next piece of its body; closing the stream takes it out of the transport, but puts no
// end into what the reader waits for. Fixed: closing closes the body.
#include "../kernel.hpp"

namespace kernels {
namespace stream_closed_unread {

struct stream {
  chan<std::string> body = make_chan<std::string>(4);
};

struct transport {
  mutex m;
  std::map<int, std::shared_ptr<stream>> streams;  // guarded by m

  std::shared_ptr<stream> open(int id) {
    std::lock_guard hold(m);
    return streams[id] = std::make_shared<stream>();
  }
};

void read(const stream& s) {
  for (const std::string& piece : s.body) static_cast<void>(piece.size());
}

namespace buggy {

void close(transport& t, int id) {
  std::lock_guard hold(t.m);
  t.streams.erase(id);
}

void run() {
  auto t = std::make_shared<transport>();
  auto s = t->open(1);
  s->body.send("hello");
  go([s] { read(*s); });
  close(*t, 1);
}

}  // namespace buggy

namespace fixed {

void close(transport& t, int id) {
  std::lock_guard hold(t.m);
  t.streams.at(id)->body.close();
  t.streams.erase(id);
}

void run() {
  auto t = std::make_shared<transport>();
  auto s = t->open(1);
  s->body.send("hello");
  go([s] { read(*s); });
  close(*t, 1);
}

}  // namespace fixed
}  // namespace stream_closed_unread

GOSAN_KERNEL(stream_closed_unread, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
