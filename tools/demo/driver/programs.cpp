#include "driver/programs.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace demo {

namespace {

using namespace std::chrono_literals;

constexpr auto kStartTime = 10s;
constexpr auto kReplyTime = 30s;
constexpr auto kEndTime = 70s;  // longer than any of them waits for its own last words

std::vector<std::string> command_line(const std::string& program, std::vector<std::string> fixed,
                                      const std::vector<std::string>& flags) {
  std::vector<std::string> arguments{program};
  arguments.insert(arguments.end(), fixed.begin(), fixed.end());
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  return arguments;
}

bool is_document(const std::string& line) { return line.starts_with('{'); }

/// `#12 text` as the number and the text.
std::pair<std::size_t, std::string> parse_reply(const std::string& line) {
  const auto blank = std::min(line.find(' '), line.size());
  return {std::strtoull(line.c_str() + 1, nullptr, 10),
          line.substr(std::min(blank + 1, line.size()))};
}

/// Every server keeps its envelopes in a folder of its own, because each counts from one.
std::vector<std::string> ingest_flags(const Places& places) {
  std::vector<std::string> flags{"--json",    "/dev/stdout",   "--transcript",
                                 "/dev/null", "--max-seconds", "120"};
  if (places.envelopes.empty()) return flags;
  static int started = 0;
  const std::string folder = places.envelopes + "/" + std::to_string(++started);
  std::filesystem::create_directories(folder);
  flags.insert(flags.end(), {"--raw", folder});
  return flags;
}

}  // namespace

Ingest::Ingest(const Places& places, const std::vector<std::string>& flags)
    : child_(command_line(places.ingest, ingest_flags(places), flags)) {
  const auto line = child_.output().wait_for(
      [](const std::string& text) { return text.starts_with("DSN "); }, kStartTime);
  if (!line) throw std::runtime_error("picket-ingest did not start");
  dsn_ = line->substr(4);
}

std::string Ingest::port() const {
  const auto start = dsn_.rfind(':') + 1;
  return dsn_.substr(start, dsn_.find('/', start) - start);
}

bool Ingest::wait_for_requests(std::size_t count) {
  return child_.output().wait_for_count(count, is_document, kReplyTime);
}

Arrivals Ingest::stop() {
  child_.ask_to_stop();
  if (!child_.wait_for_exit(kEndTime)) throw std::runtime_error("picket-ingest does not end");
  std::vector<std::string> documents = child_.output().all();
  std::erase_if(documents, [](const std::string& line) { return !is_document(line); });
  return read_arrivals(documents);
}

Chat::Chat(const Places& places, const std::vector<std::string>& flags)
    : child_(command_line(places.chat, {"--max-seconds", "120"}, flags)) {
  const auto line = child_.output().wait_for(
      [](const std::string& text) { return text.starts_with("CHAT "); }, kStartTime);
  if (!line) throw std::runtime_error("picket-chat did not start");
  url_ = line->substr(5);
}

void Chat::stop() {
  child_.ask_to_stop();
  const auto code = child_.wait_for_exit(kEndTime);
  if (!code) throw std::runtime_error("picket-chat does not end");
  if (*code != 0) throw std::runtime_error(fmt::format("picket-chat ended with code {}", *code));
}

Bot::Bot(const Places& places, const std::vector<std::string>& flags)
    : child_(command_line(places.bot, {}, flags)) {}

void Bot::say(std::string_view line) {
  ++said_;
  child_.write_line(line);
}

std::string Bot::ask(std::string_view line) {
  say(line);
  const std::string mark = fmt::format("#{} ", said_);
  const auto reply = child_.output().wait_for(
      [&](const std::string& text) { return text.starts_with(mark); }, kReplyTime);
  if (!reply) throw std::runtime_error(fmt::format("no reply to: {}", line));
  return parse_reply(*reply).second;
}

int Bot::finish() {
  child_.close_input();
  const auto code = child_.wait_for_exit(kEndTime);
  if (!code) throw std::runtime_error("picket-bot does not end");
  return *code;
}

std::vector<std::string> Bot::replies() {
  std::vector<std::pair<std::size_t, std::string>> numbered;
  for (const std::string& line : child_.output().all()) numbered.push_back(parse_reply(line));
  std::ranges::sort(numbered);
  std::vector<std::string> replies;
  for (auto& [number, text] : numbered) replies.push_back(std::move(text));
  return replies;
}

}  // namespace demo
