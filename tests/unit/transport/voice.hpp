#pragma once

// What picket says while one of these lives.

#include "base/diagnostics.hpp"

#include <mutex>
#include <string>
#include <string_view>

namespace picket::transport {

class Voice {
 public:
  explicit Voice(Level least) {
    diag::configure(least, [this](Level, std::string_view line) {
      const std::lock_guard lock(mutex_);
      said_ += line;
      said_ += '\n';
    });
  }
  ~Voice() { diag::configure(Level::warning, {}); }
  Voice(const Voice&) = delete;
  Voice& operator=(const Voice&) = delete;

  [[nodiscard]] bool said(std::string_view part) const {
    const std::lock_guard lock(mutex_);
    return said_.find(part) != std::string::npos;
  }

 private:
  mutable std::mutex mutex_;
  std::string said_;
};

}  // namespace picket::transport
