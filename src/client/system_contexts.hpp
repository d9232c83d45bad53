#pragma once

// What the machine and the program are, without anything personal: no user names, no command line,
// no environment. The host's name is read too, but leaves only when the host allows it.

#include "picket/event.hpp"

#include <string>

namespace picket::client {

struct SystemContexts {
  Contexts contexts{};  // os, device, runtime, app
  std::string host_name{};
};

/// Threads: the worker; reads a few small files.
/// Spec: P3.19, S14.1.
SystemContexts read_system_contexts();

/// The `os` context from what `uname` and an os-release file say.
Object os_context(const std::string& sysname, const std::string& release,
                  const std::string& os_release_file);

}  // namespace picket::client
