// main starts a goroutine, and waits for it before it returns.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

void send_mail(int user) {
  gosan::sleep_for(20ms);
  std::printf("mail to user %d sent\n", user);
}

int main() {
  gosan::wait_group mails;
  mails.go(send_mail, 7);
  mails.wait();
  std::puts("main is done");
}
