#include "stacktrace/thread_status.hpp"

#include <charconv>
#include <cstring>

namespace picket::stacktrace {
namespace {

/// What stands after `label` up to the end of the line.
std::string_view field(std::string_view text, std::string_view label) noexcept {
  const std::size_t at = text.find(label);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + label.size());
  return rest.substr(0, rest.find('\n'));
}

/// The kernel writes a line end in a name as `\n` and a backslash as two.
void set_name(std::string_view text, ThreadStack& thread) noexcept {
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size() && size + 1 < thread.name_text.size(); ++i) {
    char letter = text[i];
    if (letter == '\\' && i + 1 < text.size()) letter = text[++i] == 'n' ? '\n' : text[i];
    thread.name_text[size++] = letter;
  }
  thread.name_text[size] = '\0';
}

}  // namespace

bool read_status(int id, int signal, ThreadStack& thread) noexcept {
  char path[64] = "/proc/self/task/";
  char* const digits = path + std::strlen(path);
  char* const end = std::to_chars(digits, path + 40, id).ptr;
  std::memcpy(end, "/status", 8);
  char text[2048];
  const std::string_view status = SmallFile(AT_FDCWD, path).read(text);
  set_name(field(status, "Name:\t"), thread);
  const std::string_view state = field(status, "\nState:\t");
  if (!state.empty()) thread.state = state.front();
  const std::string_view mask = field(status, "\nSigBlk:\t");
  unsigned long long blocked = 0;
  std::from_chars(mask.data(), mask.data() + mask.size(), blocked, 16);
  return signal > 0 && ((blocked >> (signal - 1)) & 1U) != 0;
}

bool is_deaf(char state) noexcept { return std::strchr("DTtZXxKP", state) != nullptr; }

std::string_view state_name(char state) noexcept {
  switch (state) {
    case 'R':
      return "running";
    case 'S':
      return "sleeping";
    case 'D':
      return "disk sleep";
    case 'T':
      return "stopped";
    case 't':
      return "tracing stop";
    case 'Z':
      return "zombie";
    case 'X':
    case 'x':
      return "dead";
    case 'I':
      return "idle";
    default:
      return {};
  }
}

}  // namespace picket::stacktrace
