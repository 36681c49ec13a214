// The values of a tree, sent in order on a channel by a walk that main calls before it starts to receive. The channel has
// no buffer: the first send waits for a receiver that never gets there.
#include <gosan/gosan.hpp>

#include <cstdio>
#include <memory>

struct tree {
  std::unique_ptr<tree> left;
  int value = 0;
  std::unique_ptr<tree> right;
};

std::unique_ptr<tree> make_tree(int from, int to) {
  if (from > to) return nullptr;
  int middle = (from + to) / 2;
  return std::make_unique<tree>(make_tree(from, middle - 1), middle, make_tree(middle + 1, to));
}

void visit(const tree* t, const gosan::chan<int>& values) {
  if (t == nullptr) return;
  visit(t->left.get(), values);
  values.send(t->value);  // expect: deadlock, gosan-blocked-send
  visit(t->right.get(), values);
}

void walk(const tree* t, const gosan::chan<int>& values) {
  visit(t, values);
  values.close();
}

int main() {
  auto root = make_tree(1, 10);
  auto values = gosan::make_chan<int>();
  walk(root.get(), values);
  for (int value : values) std::printf("%d\n", value);
}
