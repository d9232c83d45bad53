# elfutils' libdw, with the libelf that it needs, as the target picket::libdw. Installed with picket: a
# static one needs it in every link.
find_path(PicketLibdw_INCLUDE_DIR elfutils/libdw.h)
find_library(PicketLibdw_LIBRARY NAMES dw)
find_library(PicketLibdw_ELF_LIBRARY NAMES elf)
mark_as_advanced(PicketLibdw_INCLUDE_DIR PicketLibdw_LIBRARY PicketLibdw_ELF_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(PicketLibdw REQUIRED_VARS PicketLibdw_LIBRARY PicketLibdw_ELF_LIBRARY
                                                            PicketLibdw_INCLUDE_DIR)

if(PicketLibdw_FOUND AND NOT TARGET picket::libdw)
  add_library(picket::libdw UNKNOWN IMPORTED)
  set_target_properties(
    picket::libdw PROPERTIES IMPORTED_LOCATION "${PicketLibdw_LIBRARY}"
                             INTERFACE_LINK_LIBRARIES "${PicketLibdw_ELF_LIBRARY}"
                             INTERFACE_INCLUDE_DIRECTORIES "${PicketLibdw_INCLUDE_DIR}")
endif()
