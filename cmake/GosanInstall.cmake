# What `cmake --install` puts where: the tools beside one another, the libraries and plugins, the headers, the package.
include_guard()
include(CMakePackageConfigHelpers)

foreach(library IN ITEMS gosan_headers gosan gosan_main gosan_verify gosan_testing gosan_gtest_main)
  if(TARGET ${library})
    string(REGEX REPLACE "^gosan_" "" exported ${library})
    set_target_properties(${library} PROPERTIES EXPORT_NAME ${exported})
    install(TARGETS ${library} EXPORT gosanTargets
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endforeach()
foreach(plugin IN ITEMS gosan_pass gosan_checks gosan_tidy)
  if(TARGET ${plugin})
    install(TARGETS ${plugin} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endforeach()
foreach(tool IN ITEMS gosan_cli gosan_cxx gosan_check)
  if(TARGET ${tool})
    install(TARGETS ${tool} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
if(NOT TARGET gosan)
  return()  # a build without the runtime is no package
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/runtime/include/gosan DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gosan)
install(EXPORT gosanTargets NAMESPACE gosan:: DESTINATION ${package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/gosanConfig.cmake.in ${PROJECT_BINARY_DIR}/gosanConfig.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gosanConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gosanConfig.cmake ${PROJECT_BINARY_DIR}/gosanConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/GosanVerify.cmake ${PROJECT_SOURCE_DIR}/cmake/GosanTests.cmake DESTINATION ${package_dir})
