# gosan_verify(target [NO_RACES] [NO_CHECKS])
#
# Links the recording runtime in place of the plain one, adds the memory-access pass (unless NO_RACES) and the compile-time
# checks (unless NO_CHECKS). Nothing in the sources changes. Call it for the executable, and for each library of yours whose
# accesses are to be watched. Pass and checks are plugins of clang, built for clang 19 and for what GOSAN_LLVM_VERSIONS named:
# with another compiler say NO_RACES NO_CHECKS, and the detectors of synchronisation (leaks, deadlocks, lock order) work all
# the same.
#
# In this project's build tree it uses the targets, in an outside project what find_package(gosan) found.
include_guard()

function(_gosan_plugin result name)
  if(TARGET ${name})
    set(${result} $<TARGET_FILE:${name}> PARENT_SCOPE)
  else()
    set(${result} ${gosan_PLUGIN_DIR}/${name}.so PARENT_SCOPE)
  endif()
endfunction()

function(gosan_verify target)
  cmake_parse_arguments(arg "NO_RACES;NO_CHECKS" "" "" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "gosan_verify(${target}): unknown argument '${arg_UNPARSED_ARGUMENTS}' (known: NO_RACES, NO_CHECKS)")
  endif()
  if(NOT (arg_NO_RACES AND arg_NO_CHECKS))
    string(REGEX MATCH "^[0-9]+" major "${CMAKE_CXX_COMPILER_VERSION}")
    if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR NOT (TARGET gosan_pass-${major} OR EXISTS ${gosan_PLUGIN_DIR}/gosan_pass-${major}.so))
      message(FATAL_ERROR "gosan_verify(${target}): the pass and the checks are plugins of clang, built for clang 19 unless "
        "GOSAN_LLVM_VERSIONS named more; this is ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}. Use clang++-19, or add NO_RACES NO_CHECKS")
    endif()
  endif()

  set(for_cxx $<COMPILE_LANGUAGE:CXX>)
  # The last one: a frame that is left early is missing in every stack.
  target_compile_options(${target} PRIVATE -g -fno-omit-frame-pointer -fno-optimize-sibling-calls)
  if(NOT arg_NO_RACES)
    _gosan_plugin(pass gosan_pass)
    # libstdc++ then keeps to accesses whose order can be told from the operations alone.
    target_compile_options(${target} PRIVATE -fpass-plugin=${pass} -D_GLIBCXX_TSAN=1)
    list(APPEND plugins gosan_pass)
  endif()
  if(NOT arg_NO_CHECKS AND (gosan_PLUGIN_DIR OR TARGET gosan_checks))
    _gosan_plugin(checks gosan_checks)
    target_compile_options(${target} PRIVATE $<${for_cxx}:-fplugin=${checks}>)
    list(APPEND plugins gosan_checks)
  endif()
  foreach(plugin IN LISTS plugins)
    if(TARGET ${plugin})
      add_dependencies(${target} ${plugin})
    endif()
  endforeach()

  set(library gosan_verify)
  if(TARGET gosan::verify)
    set(library gosan::verify)
  endif()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    # Before any other library: the program then takes nothing from the plain runtime that a dependency may name.
    get_target_property(others ${target} LINK_LIBRARIES)
    set_property(TARGET ${target} PROPERTY LINK_LIBRARIES ${library})
    if(others)
      set_property(TARGET ${target} APPEND PROPERTY LINK_LIBRARIES ${others})
    endif()
    # So that modules loaded later find the runtime in the program.
    target_link_options(${target} PRIVATE -Wl,--export-dynamic-symbol=__gosan_*
      -Wl,--export-dynamic-symbol=_ZN5gosan* -Wl,--export-dynamic-symbol=_ZNK5gosan*)
    target_link_libraries(${target} PRIVATE ${CMAKE_DL_LIBS})
  else()
    target_include_directories(${target} PRIVATE $<TARGET_PROPERTY:${library},INTERFACE_INCLUDE_DIRECTORIES>)
  endif()
endfunction()
