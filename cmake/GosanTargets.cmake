# One place that sets what every target of this project is built with.
include_guard()
include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)

find_program(GOSAN_CCACHE ccache)
if(GOSAN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${GOSAN_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${GOSAN_CCACHE})
endif()

# Warnings, debug information for reports, frame pointers for stacks, the sanitizers of this build.
function(gosan_target_options target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Werror -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -g1
    $<$<CXX_COMPILER_ID:Clang>:-Werror=thread-safety>)
  if(GOSAN_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${GOSAN_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${GOSAN_SANITIZE})
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_link_options(${target} PRIVATE -fuse-ld=lld)
  endif()
endfunction()

# gosan_test(name SOURCES a.cpp ... LIBS lib ... [NO_MAIN]): a GoogleTest program, registered with CTest.
function(gosan_test name)
  cmake_parse_arguments(arg "NO_MAIN" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${arg_SOURCES})
  gosan_target_options(${name})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gmock GTest::gtest)
  if(NOT arg_NO_MAIN)
    target_link_libraries(${name} PRIVATE GTest::gtest_main)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()
