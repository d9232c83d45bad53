# The warnings of our own build; a host never sees them.
add_library(picket_warnings INTERFACE)
target_compile_options(
  picket_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wnon-virtual-dtor
            $<$<BOOL:${PICKET_WARNINGS_AS_ERRORS}>:-Werror>)
