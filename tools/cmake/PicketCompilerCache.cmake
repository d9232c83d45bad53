# Compiles through ccache when it is there and nobody chose another launcher.
# NOHASHDIR: the consumer tests build the library a second time in another folder, from the same
# sources with the same flags; without the folder in the key that costs a copy.
# SLOPPINESS: what ccache needs to be told before it caches users of a precompiled header.
if(NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER AND NOT DEFINED ENV{CMAKE_CXX_COMPILER_LAUNCHER})
  find_program(PICKET_CCACHE ccache)
  mark_as_advanced(PICKET_CCACHE)
  if(PICKET_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_NOHASHDIR=1
                                    CCACHE_SLOPPINESS=pch_defines,time_macros "${PICKET_CCACHE}")
  endif()
endif()
