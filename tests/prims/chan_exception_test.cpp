// Elements whose moves throw: an operation that fails has changed nothing.
#include "fixture.hpp"

namespace gosan::test {
namespace {

// Its move throws when `fuse` has burnt down to zero; what it was moved from keeps its value then.
struct fragile {
  explicit fragile(int v, int* f = nullptr) : value(v), fuse(f) { ++alive; }
  fragile(fragile&& o) : value(o.value), fuse(o.fuse) {
    if (fuse && --*fuse == 0) throw std::runtime_error("move");
    o.value = -1;
    ++alive;
  }
  fragile& operator=(fragile&&) = delete;
  ~fragile() { --alive; }

  int value;
  int* fuse;
  static inline std::atomic<int> alive = 0;
};

class counted_elements : public on_processors {
 protected:
  void TearDown() override { EXPECT_EQ(fragile::alive, 0); }
};
GOSAN_SUITE_ON_PROCESSORS(ThrowingElement, counted_elements, 1, 2, 4, 8);

TEST_P(ThrowingElement, SendIntoTheBufferLeavesBothAsTheyWere) {
  in_main([] {
    auto c = make_chan<fragile>(2);
    int fuse = 1;
    fragile f(5, &fuse);
    EXPECT_THROW(c.send(std::move(f)), std::runtime_error);
    EXPECT_EQ(f.value, 5);
    EXPECT_EQ(c.len(), 0u);
    c.send(std::move(f));
    f.fuse = nullptr;
    EXPECT_EQ(c.len(), 1u);
  });
}

TEST_P(ThrowingElement, ReceiveFromTheBufferLeavesTheMessageInIt) {
  in_main([] {
    auto c = make_chan<fragile>(2);
    int fuse = 3;  // send, receive from the buffer; the third is the one that fails
    c.send(fragile(1, &fuse));
    fuse = 1;
    EXPECT_THROW(c.recv(), std::runtime_error);
    EXPECT_EQ(c.len(), 1u);
    fuse = 100;
    EXPECT_EQ(c.recv()->value, 1);
  });
}

TEST_P(ThrowingElement, SendToAParkedReceiverLeavesItWaiting) {
  in_main([] {
    auto c = make_chan<fragile>();
    auto got = make_chan<int>(1);
    go([=] { got.send(c.recv()->value); });
    await_parked(wait::chan_recv);
    int fuse = 1;
    fragile f(7, &fuse);
    EXPECT_THROW(c.send(std::move(f)), std::runtime_error);
    EXPECT_EQ(f.value, 7);
    EXPECT_EQ(parked(wait::chan_recv), 1u);
    c.send(fragile(8));
    EXPECT_EQ(got.recv(), 8);
  });
}

TEST_P(ThrowingElement, SendToAParkedSelectMakesItLookAgain) {
  in_main([] {
    auto c = make_chan<fragile>();
    auto got = make_chan<int>(1);
    go([=] { select(recv_case(c, [=](std::optional<fragile> f) { got.send(f->value); })); });
    await_parked(wait::select);
    int fuse = 1;
    EXPECT_THROW(c.send(fragile(7, &fuse)), std::runtime_error);
    c.send(fragile(9));
    EXPECT_EQ(got.recv(), 9);
  });
}

TEST_P(ThrowingElement, ReceiveFromAParkedSenderLeavesItWaiting) {
  in_main([] {
    auto c = make_chan<fragile>();
    int fuse = 1;
    go([=, &fuse] { c.send(fragile(3, &fuse)); });
    await_parked(wait::chan_send);
    EXPECT_THROW(c.recv(), std::runtime_error);
    fuse = 100;
    EXPECT_EQ(c.recv()->value, 3);
  });
}

// A receive makes room, and the parked sender's own move into it throws: that is the sender's
// exception.
TEST_P(ThrowingElement, ParkedSenderGetsItsOwnException) {
  in_main([] {
    auto c = make_chan<fragile>(1);
    auto failed = make_chan<bool>(1);
    c.send(fragile(1));
    int fuse = 1;
    go([=, &fuse] {
      try {
        c.send(fragile(2, &fuse));
        failed.send(false);
      } catch (const std::runtime_error&) {
        failed.send(true);
      }
    });
    await_parked(wait::chan_send, 1);
    go([=] { c.send(fragile(3)); });
    await_parked(wait::chan_send, 2);
    EXPECT_EQ(c.recv()->value, 1);
    EXPECT_EQ(failed.recv(), true);
    EXPECT_EQ(c.recv()->value, 3);
  });
}

}  // namespace
}  // namespace gosan::test
