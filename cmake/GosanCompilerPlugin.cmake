# Plugins of the compiler, for one or several versions of LLVM: NAME-MAJOR.so for each, and NAME.so, which loads the one that
# fits the compiler that loads it (plugins/loader).
include_guard()

set(GOSAN_LLVM_VERSIONS "" CACHE STRING
  "major versions of LLVM that the compiler plugins are built for besides 19, e.g. 14;15;16; 'all': those whose headers are installed")

# The versions to build for besides the one that find_package found; a version's headers are in GOSAN_LLVM_INCLUDE_<major>.
function(_gosan_find_llvm_versions)
  set(wanted ${GOSAN_LLVM_VERSIONS})
  if(wanted STREQUAL "all")
    set(wanted 14 15 16 17 18 19 20)
  endif()
  set(found "")
  foreach(major IN LISTS wanted)
    if(major STREQUAL LLVM_VERSION_MAJOR)
      continue()
    endif()
    find_path(GOSAN_LLVM_INCLUDE_${major} NAMES clang/AST/AST.h NO_DEFAULT_PATH
      PATHS /usr/lib/llvm-${major}/include /usr/lib64/llvm${major}/include /usr/local/llvm-${major}/include)
    if(GOSAN_LLVM_INCLUDE_${major})
      list(APPEND found ${major})
    elseif(NOT GOSAN_LLVM_VERSIONS STREQUAL "all")
      message(FATAL_ERROR "GOSAN_LLVM_VERSIONS asks for ${major}, whose headers are not there: install llvm-${major}-dev and "
        "libclang-${major}-dev, or set GOSAN_LLVM_INCLUDE_${major}")
    endif()
  endforeach()
  set(GOSAN_OTHER_LLVM_VERSIONS ${found} PARENT_SCOPE)
endfunction()
find_package(LLVM 19.1 REQUIRED CONFIG)
set(GOSAN_LLVM_INCLUDE_${LLVM_VERSION_MAJOR} ${LLVM_INCLUDE_DIRS})
_gosan_find_llvm_versions()

# gosan_compiler_plugin(name entry.cpp): the target `name`, for which the targets name-MAJOR must have been made.
function(gosan_compiler_plugin name entry)
  add_library(${name} MODULE ${PROJECT_SOURCE_DIR}/plugins/loader/loader.cpp ${PROJECT_SOURCE_DIR}/plugins/loader/${entry})
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden)
  gosan_target_options(${name})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/plugins)
  target_compile_definitions(${name} PRIVATE GOSAN_PLUGIN_NAME="${name}")
  target_link_libraries(${name} PRIVATE ${CMAKE_DL_LIBS})
  foreach(major IN LISTS LLVM_VERSION_MAJOR GOSAN_OTHER_LLVM_VERSIONS)
    set_target_properties(${name}-${major} PROPERTIES PREFIX "")
    add_dependencies(${name} ${name}-${major})
    install(TARGETS ${name}-${major} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endforeach()
endfunction()
