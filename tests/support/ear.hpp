#pragma once

// Hears the diagnostics that are said for the length of a test.

#include "base/diagnostics.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace picket::tests {

class Ear {
 public:
  explicit Ear(Level least) {
    diag::configure(least, [this](Level level, std::string_view line) {
      lines.push_back(std::string(to_text(level)).append(": ").append(line));
    });
  }
  ~Ear() { diag::configure(Level::warning, {}); }
  Ear(const Ear&) = delete;
  Ear& operator=(const Ear&) = delete;

  std::vector<std::string> lines;  // such as `warning: what was said`
};

}  // namespace picket::tests
