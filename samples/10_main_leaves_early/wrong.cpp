// main starts a goroutine and returns. The program ends with main, whatever the others are doing: the mail is never sent.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

void send_mail(int user) {
  gosan::sleep_for(2s);  // expect: goroutine-leak
  std::printf("mail to user %d sent\n", user);
}

int main() {
  gosan::go(send_mail, 7);  // expect: gosan-unjoined-goroutine
  std::puts("main is done");
}
