#include "stacktrace/debug_file.hpp"

#include "stacktrace/debug_id.hpp"

#include <algorithm>

namespace picket::stacktrace {

std::vector<std::string> debug_file_candidates(std::string_view binary, std::string_view link,
                                               std::span<const std::uint8_t> build_id,
                                               std::span<const std::string> directories) {
  std::vector<std::string> paths;
  const std::size_t slash = binary.rfind('/');
  if (binary.starts_with('/')) {
    const std::string folder(binary.substr(0, slash));
    const std::string name =
        link.empty() ? std::string(binary.substr(slash + 1)) + ".debug" : std::string(link);
    for (const char* below : {"/", "/.debug/"}) {
      // A link may name the binary itself.
      if (std::string path = folder + below + name; path != binary) paths.push_back(path);
    }
    for (const std::string& directory : directories) {
      paths.push_back(directory + folder + "/" + name);
    }
  }
  if (build_id.size() < 2) return paths;
  const std::string id = code_id(build_id);
  for (const std::string& directory : directories) {
    paths.push_back(directory + "/.build-id/" + id.substr(0, 2) + "/" + id.substr(2) + ".debug");
  }
  return paths;
}

std::string debug_link_name(std::span<const std::uint8_t> section) {
  const auto end = std::find(section.begin(), section.end(), std::uint8_t{0});
  if (end == section.end()) return {};
  std::string name(section.begin(), end);
  return name.find('/') == std::string::npos && name != "." && name != ".." ? name : std::string();
}

}  // namespace picket::stacktrace
