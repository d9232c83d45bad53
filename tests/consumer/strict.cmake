# strict(<target>): a host that forgives nothing, least of all in headers of others.
function(strict target)
  target_compile_options(
    ${target}
    PRIVATE -Werror
            -Wall
            -Wextra
            -Wpedantic
            -Wmissing-field-initializers
            -Wshadow
            -Wconversion
            -Wsign-conversion
            -Wold-style-cast
            -Wnon-virtual-dtor
            -Woverloaded-virtual)
  set_target_properties(${target} PROPERTIES NO_SYSTEM_FROM_IMPORTED ON)
endfunction()

# expect_no_flags(<target>): picket hands C++20, headers and libraries on, and nothing else.
function(expect_no_flags target)
  foreach(property IN ITEMS OPTIONS DEFINITIONS)
    get_target_property(value ${target} INTERFACE_COMPILE_${property})
    if(value)
      message(FATAL_ERROR "${target} hands INTERFACE_COMPILE_${property} on: ${value}")
    endif()
  endforeach()
  get_target_property(features ${target} INTERFACE_COMPILE_FEATURES)
  if(NOT features STREQUAL "cxx_std_20")
    message(FATAL_ERROR "${target} asks for ${features}")
  endif()
endfunction()
