# gosan_discover_tests(target [LABELS label...] [FINDINGS file] [REPORTS format:path...] [FAIL_ON kinds] [BASELINE file]
#                      [SUPPRESSIONS file] [OPTIONS key=value...] [arguments of gtest_discover_tests])
#
# Every GoogleTest test of the target as a test of CTest, labelled "gosan" and LABELS, and one findings file for all of them: whatever part
# of them `ctest -j` runs, at first the file is emptied, and at last the test "gosan_findings" merges and judges what all of them
# found. It fails, with a report, as `gosan report --fail-on` does: 66 for what gates, 3 when a test ended before its detectors
# reported. REPORTS are written there (json:found.json, sarif:found.sarif, ...).
#
#   FINDINGS      default: gosan-findings.jsonl in the build folder; targets with the same file share one "gosan_findings"
#   FAIL_ON, BASELINE, SUPPRESSIONS   as for gosan run; the first call for a findings file counts, and all its tests obey
#   OPTIONS       more of GOSAN_OPTIONS, such as perturb=7
include_guard()
include(GoogleTest)

# A value of GOSAN_OPTIONS: colons separate the options.
function(_gosan_option result key value)
  string(REPLACE ":" "\\:" value "${value}")
  set(${result} "${key}=${value}" PARENT_SCOPE)
endfunction()

function(_gosan_absolute variable)
  if(${variable})
    get_filename_component(path "${${variable}}" ABSOLUTE)
    set(${variable} "${path}" PARENT_SCOPE)
  endif()
endfunction()

# The tests around all others of one findings file. Their names: gosan_findings for the default file, else with its name.
function(_gosan_findings_tests file fixture reports fail_on baseline suppressions)
  get_property(known GLOBAL PROPERTY gosan_findings_files)
  if(file IN_LIST known)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY gosan_findings_files "${file}")
  set(tool ${gosan_TOOL})
  if(TARGET gosan_cli)
    set(tool $<TARGET_FILE:gosan_cli>)
  endif()
  set(options --report text)
  foreach(report IN LISTS reports)
    list(APPEND options --report ${report})
  endforeach()
  if(NOT fail_on)
    set(fail_on new:all)
  endif()
  list(APPEND options --fail-on ${fail_on})
  if(baseline)
    list(APPEND options --baseline ${baseline})
  endif()
  if(suppressions)
    list(APPEND options --suppressions ${suppressions})
  endif()
  add_test(NAME ${fixture}_begin COMMAND ${CMAKE_COMMAND} -E rm -f ${file})
  add_test(NAME ${fixture} COMMAND ${tool} report ${file} ${options} WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
  set_tests_properties(${fixture}_begin PROPERTIES FIXTURES_SETUP ${fixture} LABELS gosan)
  set_tests_properties(${fixture} PROPERTIES FIXTURES_CLEANUP ${fixture} LABELS gosan)
endfunction()

function(gosan_discover_tests target)
  cmake_parse_arguments(arg "" "FINDINGS;FAIL_ON;BASELINE;SUPPRESSIONS;TEST_LIST" "LABELS;REPORTS;OPTIONS" ${ARGN})
  set(fixture gosan_findings)
  if(arg_FINDINGS)
    get_filename_component(name "${arg_FINDINGS}" NAME_WE)
    set(fixture gosan_findings_${name})
    get_filename_component(file "${arg_FINDINGS}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
  else()
    set(file "${CMAKE_BINARY_DIR}/gosan-findings.jsonl")
  endif()
  _gosan_absolute(arg_BASELINE)
  _gosan_absolute(arg_SUPPRESSIONS)
  _gosan_findings_tests("${file}" ${fixture} "${arg_REPORTS}" "${arg_FAIL_ON}" "${arg_BASELINE}" "${arg_SUPPRESSIONS}")

  _gosan_option(options result "${file}")
  foreach(pair IN ITEMS fail_on=arg_FAIL_ON baseline=arg_BASELINE suppressions=arg_SUPPRESSIONS)
    string(REGEX MATCH "^([^=]+)=(.+)$" unused ${pair})
    if(${CMAKE_MATCH_2})
      _gosan_option(text ${CMAKE_MATCH_1} "${${CMAKE_MATCH_2}}")
      string(APPEND options ":${text}")
    endif()
  endforeach()
  foreach(option IN LISTS arg_OPTIONS)
    string(APPEND options ":${option}")
  endforeach()

  if(NOT arg_TEST_LIST)
    set(arg_TEST_LIST ${target}_TESTS)
  endif()
  gtest_discover_tests(${target} TEST_LIST ${arg_TEST_LIST} ${arg_UNPARSED_ARGUMENTS})
  # Read by ctest after the tests are discovered: a list in PROPERTIES above would not arrive as one.
  set(script "${CMAKE_CURRENT_BINARY_DIR}/${target}_gosan_properties.cmake")
  list(JOIN arg_LABELS ";" labels)
  file(WRITE "${script}" "foreach(test IN LISTS ${arg_TEST_LIST})
  set_tests_properties(\"\${test}\" PROPERTIES LABELS [==[gosan;${labels}]==] FIXTURES_REQUIRED ${fixture}
    ENVIRONMENT [==[GOSAN_OPTIONS=${options}]==])
endforeach()
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${script}")
endfunction()
