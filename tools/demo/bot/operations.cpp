#include "bot/operations.hpp"

#include "bot/errors.hpp"
#include "bot/request.hpp"
#include "bot/tasks.hpp"

#include <charconv>
#include <cstddef>
#include <exception>
#include <vector>

#include <fmt/format.h>

namespace bot {

namespace {

std::size_t count_of(const std::string& text) {
  std::size_t count = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (fault != std::errc() || end != text.data() + text.size()) {
    throw UserError(fmt::format("'{}' is not a number", text));
  }
  return count;
}

std::string run_task(std::string_view name, std::string (*task)(Services&), Services& services) {
  try {
    return fmt::format("{}: {}", name, task(services));
  } catch (const std::exception&) {
    return fmt::format("{} failed", name);
  }
}

}  // namespace

std::string operate(Services& services, std::string_view line) {
  const std::vector<std::string> words = words_of(line.substr(1));
  if (words == std::vector<std::string>{"cleanup"}) {
    return run_task(words[0], tasks::cleanup, services);
  }
  if (words.size() == 4 && words[0] == "probe") {
    return tasks::probe(words[1], words[2], count_of(words[3]));
  }
  if (words == std::vector<std::string>{"break", "cache"}) {
    services.cache().disconnect();
    return "the cache is gone";
  }
  throw UserError(fmt::format("there is no operation {}", line));
}

}  // namespace bot
