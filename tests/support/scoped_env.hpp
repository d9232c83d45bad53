#pragma once

// Sets an environment variable for the length of a test.

#include <cstdlib>
#include <optional>
#include <string>

namespace picket::tests {

class ScopedEnv {
 public:
  ScopedEnv(const char* name, const char* value) : name_(name) {
    if (const char* const former = std::getenv(name)) former_ = former;
    setenv(name, value, 1);
  }
  ~ScopedEnv() {
    if (former_) {
      setenv(name_.c_str(), former_->c_str(), 1);
    } else {
      unsetenv(name_.c_str());
    }
  }
  ScopedEnv(const ScopedEnv&) = delete;
  ScopedEnv& operator=(const ScopedEnv&) = delete;

 private:
  std::string name_;
  std::optional<std::string> former_;
};

}  // namespace picket::tests
