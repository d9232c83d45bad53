#include "client/system_contexts.hpp"

#include "base/text.hpp"
#include "protocol/write.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <thread>

namespace picket::client {
namespace {

std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// The value of `key` in lines of `KEY=value` or `KEY="value"`.
std::string os_release_value(const std::string& file, std::string_view key) {
  std::istringstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    std::string_view rest = base::trim(line);
    if (!rest.starts_with(key) || rest.size() <= key.size() || rest[key.size()] != '=') continue;
    rest.remove_prefix(key.size() + 1);
    if (rest.size() >= 2 && (rest.front() == '"' || rest.front() == '\'') &&
        rest.back() == rest.front()) {
      rest = rest.substr(1, rest.size() - 2);
    }
    return std::string(rest);
  }
  return {};
}

void set_if(Object& object, std::string_view key, std::string value) {
  if (!value.empty()) object.set(key, std::move(value));
}

/// How much of a kernel release is its version: at most three dotted numbers. Spec: P3.19.
std::size_t version_length(std::string_view release) {
  std::size_t end = 0;
  for (int part = 0; part < 3; ++part) {
    std::size_t at = end;
    if (part > 0) {
      if (at >= release.size() || release[at] != '.') break;
      ++at;
    }
    const std::size_t digits = at;
    while (at < release.size() && release[at] >= '0' && release[at] <= '9') ++at;
    if (at == digits) break;
    end = at;
  }
  return end;
}

Object runtime_context() {
  Object runtime;
  runtime.set("name", "C++");
  runtime.set("version", std::to_string(__cplusplus / 100));
#if defined(__clang__)
  runtime.set("raw_description", "clang " __clang_version__);
#elif defined(__GNUC__)
  runtime.set("raw_description", "gcc " __VERSION__);
#endif
  return runtime;
}

Object device_context(const utsname& system) {
  Object device;
  set_if(device, "arch", static_cast<const char*>(system.machine));
  device.set("processor_count", std::thread::hardware_concurrency());
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_size = sysconf(_SC_PAGESIZE);
  if (pages > 0 && page_size > 0) device.set("memory_size", std::int64_t{pages} * page_size);
  return device;
}

Object app_context() {
  Object app;
  std::array<char, 4096> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  if (length > 0) {
    app.set("app_name", base::file_name({path.data(), static_cast<std::size_t>(length)}));
  }
  return app;
}

}  // namespace

Object os_context(const std::string& sysname, const std::string& release,
                  const std::string& os_release_file) {
  Object os;
  set_if(os, "name", sysname);
  const std::size_t end = version_length(release);
  set_if(os, "version", release.substr(0, end));
  std::string_view build = std::string_view(release).substr(end);
  if (!build.empty() && (build.front() == '-' || build.front() == '.')) build.remove_prefix(1);
  set_if(os, "build", std::string(build));
  set_if(os, "kernel_version", release);

  Object distribution;
  set_if(distribution, "name", os_release_value(os_release_file, "ID"));
  set_if(distribution, "version", os_release_value(os_release_file, "VERSION_ID"));
  set_if(distribution, "pretty_name", os_release_value(os_release_file, "PRETTY_NAME"));
  if (!distribution.empty()) os.set("distribution", std::move(distribution));
  return os;
}

SystemContexts read_system_contexts() {
  SystemContexts system;
  utsname names{};
  if (uname(&names) == 0) {
    std::string os_release = read_file("/etc/os-release");
    if (os_release.empty()) os_release = read_file("/usr/lib/os-release");
    system.contexts["os"] = os_context(names.sysname, names.release, os_release);
    system.host_name = names.nodename;
  }
  system.contexts["device"] = device_context(names);
  system.contexts["runtime"] = runtime_context();
  if (Object app = app_context(); !app.empty()) system.contexts["app"] = std::move(app);
  return system;
}

}  // namespace picket::client
