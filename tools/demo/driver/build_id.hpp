#pragma once

// The build id of an ELF file, read independently of the library that reports it.

#include <string>

namespace demo {

/// Lower-case hex; empty when the file has none or cannot be read.
std::string build_id_of(const std::string& file);

}  // namespace demo
