#pragma once
#include <gosan/gosan.hpp>

// The numbers below n, one after another.
gosan::recv_chan<int> numbers(int n);
// The same without an end: whoever stops listening leaves its goroutine behind.
gosan::recv_chan<int> numbers_for_ever();
