// Every test of the program in a goroutine of its own, so that a test that never ends does not hold up the others.
#pragma once

namespace gosan::testing {

// Makes each registered test run in a goroutine. `is_dead(id)` says whether the goroutine can never go on; its test is then
// left as it stands, its fixture with it. Null: nobody can tell, the suite waits. Call once, before RUN_ALL_TESTS().
void run_tests_on_goroutines(bool (*is_dead)(unsigned long goroutine));

}  // namespace gosan::testing
