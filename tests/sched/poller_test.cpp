// Waiting for descriptors.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <system_error>
#include <vector>

#include "fixture.hpp"

namespace gosan {
namespace {

using namespace std::chrono_literals;
using testing::countdown;

class poller : public testing::with_processors {};
GOSAN_FOR_PROCESSORS(poller);

struct pair_of_sockets {
  int fd[2];
  pair_of_sockets() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0); }
  ~pair_of_sockets() { close(fd[0]), close(fd[1]); }
};

auto soon() { return std::chrono::steady_clock::now() + 5ms; }

TEST_P(poller, a_reader_waits_for_the_writer) {
  run([] {
    pair_of_sockets s;
    countdown one(1);
    go([&] {
      EXPECT_TRUE(wait_readable(s.fd[0]));
      char c = 0;
      EXPECT_EQ(read(s.fd[0], &c, 1), 1);
      EXPECT_EQ(c, 'x');
      one.done();
    });
    yield();
    EXPECT_TRUE(wait_writable(s.fd[1]));
    EXPECT_EQ(write(s.fd[1], "x", 1), 1);
    one.wait();
  });
}

TEST_P(poller, a_deadline_ends_the_wait) {
  run([] {
    pair_of_sockets s;
    const auto until = soon();
    EXPECT_FALSE(wait_readable(s.fd[0], until));
    EXPECT_GE(std::chrono::steady_clock::now(), until);
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(wait_readable(s.fd[0], until));  // long past
    EXPECT_EQ(write(s.fd[1], "x", 1), 1);
    EXPECT_TRUE(wait_readable(s.fd[0], std::chrono::steady_clock::now() + 1h));
  });
}

TEST_P(poller, an_end_of_the_other_side_is_an_event) {
  run([] {
    int fd[2];
    ASSERT_EQ(pipe2(fd, O_NONBLOCK | O_CLOEXEC), 0);
    countdown one(1);
    go([&] {
      EXPECT_TRUE(wait_readable(fd[0]));
      one.done();
    });
    yield();
    close(fd[1]);
    one.wait();
    close(fd[0]);
  });
}

TEST_P(poller, reader_and_writer_of_one_descriptor_wait_together) {
  run([] {
    pair_of_sockets s;
    std::vector<char> much(1 << 20);
    while (write(s.fd[0], much.data(), much.size()) > 0) {
    }
    countdown two(2);
    go([&] { EXPECT_TRUE(wait_writable(s.fd[0])); two.done(); });
    go([&] { EXPECT_TRUE(wait_readable(s.fd[0])); two.done(); });
    yield();
    EXPECT_EQ(write(s.fd[1], "x", 1), 1);
    while (read(s.fd[1], much.data(), much.size()) > 0) {
    }
    two.wait();
  });
}

TEST_P(poller, bad_descriptors_and_files) {
  run([] {
    EXPECT_THROW(wait_readable(-1), std::system_error);
    EXPECT_THROW(wait_readable(987), std::system_error);
    const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    EXPECT_TRUE(wait_readable(file));
    close(file);
  });
}

TEST_P(poller, threads_wait_too) {
  pair_of_sockets s;
  EXPECT_FALSE(wait_readable(s.fd[0], soon()));
  countdown written(1);
  go([&] {
    EXPECT_EQ(write(s.fd[1], "x", 1), 1);
    written.done();
  });
  EXPECT_TRUE(wait_readable(s.fd[0]));
  written.wait();
}

// Many connections, each a goroutine that echoes; others compute meanwhile.
TEST_P(poller, echoes_over_many_sockets) {
  run([] {
    constexpr int n = 50, rounds = 50;
    std::vector<pair_of_sockets> sockets(n);
    countdown all(2 * n);
    auto talk = [&](int fd, bool first) {
      char c = 'a';
      for (int i = 0; i < rounds; ++i) {
        if (first || i > 0) {
          EXPECT_EQ(write(fd, &c, 1), 1);
        }
        while (read(fd, &c, 1) != 1) wait_readable(fd);
      }
      if (!first) {
        EXPECT_EQ(write(fd, &c, 1), 1);
      }
      all.done();
    };
    for (auto& s : sockets) {
      go([&] { talk(s.fd[0], true); });
      go([&] { talk(s.fd[1], false); });
    }
    all.wait();
  });
}

}  // namespace
}  // namespace gosan
