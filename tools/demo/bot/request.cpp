#include "bot/request.hpp"

#include "bot/errors.hpp"

#include <utility>

#include <fmt/format.h>

namespace bot {

namespace {

const Person* person_named(std::string_view id) {
  const Person* person = find_person(id);
  if (person == nullptr) throw UserError(fmt::format("there is no person {}", id));
  return person;
}

const Group* group_named(std::string_view name) {
  if (name == "-") return nullptr;
  const Group* group = find_group(name);
  if (group == nullptr) throw UserError(fmt::format("there is no group {}", name));
  return group;
}

bool is_command(const std::string& word) { return word.size() > 1 && word.front() == kPrefix; }

}  // namespace

std::string text_of(const std::vector<std::string>& words, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < words.size(); ++i) {
    if (!text.empty()) text += ' ';
    text += words[i];
  }
  return text;
}

void throw_no_number(std::string_view word) {
  throw UserError(fmt::format("'{}' is not a number", word));
}

std::vector<std::string> words_of(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  std::vector<std::string> words;
  while (true) {
    const auto start = line.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) return words;
    line.remove_prefix(start);
    const auto end = std::min(line.find_first_of(kBlanks), line.size());
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::optional<Request> parse_request(std::string_view line, std::size_t number) {
  std::vector<std::string> words = words_of(line);
  if (words.empty() || words.front().front() == '#') return std::nullopt;

  Request request{.number = number, .person = find_person("1")};
  std::size_t next = 0;
  if (words[next].front() == '@') {
    request.person = person_named(std::string_view(words[next]).substr(1));
    ++next;
  }
  if (next < words.size() && !is_command(words[next])) request.group = group_named(words[next++]);
  if (next == words.size() || !is_command(words[next])) {
    throw UserError(fmt::format("a command starts with {}", kPrefix));
  }
  request.command = words[next].substr(1);
  request.args.assign(words.begin() + static_cast<std::ptrdiff_t>(next) + 1, words.end());
  return request;
}

}  // namespace bot
