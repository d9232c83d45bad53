# picket_embed_release(<target> [RELEASE <text>])
#
# Compiles the name of the release into an executable, so that events carry it without any setting
# at run time: `Options::release` and SENTRY_RELEASE still beat it. The default is
# `<project>@<version>` of the calling project. Call it on the executable: the linker takes a
# function that is only weakly wanted from object files, not from static libraries.
function(picket_embed_release target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "RELEASE" "")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "picket_embed_release: unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT DEFINED arg_RELEASE)
    if(NOT PROJECT_VERSION)
      message(FATAL_ERROR "picket_embed_release(${target}): give project() a VERSION, or say RELEASE")
    endif()
    set(arg_RELEASE "${PROJECT_NAME}@${PROJECT_VERSION}")
  endif()
  string(REPLACE "\\" "\\\\" text "${arg_RELEASE}")
  string(REPLACE "\"" "\\\"" text "${text}")

  set(source "${CMAKE_CURRENT_BINARY_DIR}/${target}_picket_release.cpp")
  file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT [[
extern "C" __attribute__((visibility("default"))) const char* picket_embedded_release() noexcept;
const char* picket_embedded_release() noexcept { return "@text@"; }
]])
  target_sources(${target} PRIVATE "${source}")
endfunction()
