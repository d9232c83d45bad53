# libzstd as the target picket::libzstd. Its own CMake package is missing on some distributions, and
# names its targets by how it was built. Installed with picket: a static one needs it in every link.
find_path(PicketZstd_INCLUDE_DIR zstd.h)
find_library(PicketZstd_LIBRARY NAMES zstd zstd_static)
mark_as_advanced(PicketZstd_INCLUDE_DIR PicketZstd_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(PicketZstd REQUIRED_VARS PicketZstd_LIBRARY PicketZstd_INCLUDE_DIR)

if(PicketZstd_FOUND AND NOT TARGET picket::libzstd)
  add_library(picket::libzstd UNKNOWN IMPORTED)
  set_target_properties(
    picket::libzstd PROPERTIES IMPORTED_LOCATION "${PicketZstd_LIBRARY}"
                               INTERFACE_INCLUDE_DIRECTORIES "${PicketZstd_INCLUDE_DIR}")
endif()
