# What `cmake --install` puts where, and how hosts find it: the package for find_package, and a
# file for pkg-config.
include(CMakePackageConfigHelpers)

set(picket_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/picket")

get_property(picket_integrations GLOBAL PROPERTY PICKET_INTEGRATIONS)
install(
  TARGETS picket picket_testing ${picket_integrations}
  EXPORT picket-targets
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT picket-targets NAMESPACE picket:: DESTINATION "${picket_package_dir}")

# A static picket leaves its dependencies to the host's link; a shared one brings them itself.
get_target_property(picket_type picket TYPE)
if(picket_type STREQUAL "STATIC_LIBRARY")
  set(PICKET_IS_STATIC ON)
  # "Requires" and not "Requires.private": a static picket needs them in every link, also in one
  # that takes the dependencies themselves as shared libraries.
  set(PICKET_PC_REQUIRES "libcurl simdjson libcrypto fmt zlib libzstd")
  if(TARGET picket::libdw)
    set(PICKET_HAS_LIBDW ON)
    string(APPEND PICKET_PC_REQUIRES " libdw libelf")
  else()
    set(PICKET_HAS_LIBDW OFF)
  endif()
else()
  set(PICKET_IS_STATIC OFF)
  set(PICKET_HAS_LIBDW OFF)
  set(PICKET_PC_REQUIRES "")
endif()

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/picket-config.cmake.in"
  "${PROJECT_BINARY_DIR}/package/picket-config.cmake"
  INSTALL_DESTINATION "${picket_package_dir}"
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/package/picket-config-version.cmake"
  VERSION ${PROJECT_VERSION}
  COMPATIBILITY SameMinorVersion)
install(
  FILES "${PROJECT_BINARY_DIR}/package/picket-config.cmake"
        "${PROJECT_BINARY_DIR}/package/picket-config-version.cmake"
        "${CMAKE_CURRENT_LIST_DIR}/PicketEmbedRelease.cmake"
        "${CMAKE_CURRENT_LIST_DIR}/FindPicketLibdw.cmake"
        "${CMAKE_CURRENT_LIST_DIR}/FindPicketZstd.cmake"
  DESTINATION "${picket_package_dir}")

# The prefix of the .pc file is found from its own place, so an installed tree may be moved.
file(RELATIVE_PATH PICKET_PC_UP "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file("${CMAKE_CURRENT_LIST_DIR}/picket.pc.in"
               "${PROJECT_BINARY_DIR}/package/picket.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/package/picket.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
