// The gosan command.
#include <fmt/format.h>

#include <cstdio>

#include "cli/command_line.hpp"
#include "cli/errors.hpp"
#include "report/user_error.hpp"

int main(int argc, char** argv) {
  using namespace gosan::cli;
  try {
    return command_line().execute(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const failure& f) {
    fmt::print(stderr, "gosan: {}\n", f.what());
    return f.status;
  } catch (const gosan::report::user_error& e) {
    fmt::print(stderr, "gosan: {}\n", e.what());
    return status_usage;
  } catch (const std::exception& e) {
    fmt::print(stderr, "gosan: {}\n", e.what());
    return status_not_verified;
  }
}
