#include "driver/programs.hpp"

#include "picket/json.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace demo {

namespace {

using namespace std::chrono_literals;

constexpr const char* kReportFile = "/report.json";
constexpr auto kStartTime = 10s;
constexpr auto kReplyTime = 30s;
constexpr auto kLogTime = 10s;
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

/// Every server keeps what it received in a folder of its own, because each counts from one.
std::string new_folder(const Places& places) {
  static int started = 0;
  const std::string& parent = places.envelopes.empty() ? places.folder : places.envelopes;
  std::string folder = fmt::format("{}/server-{}", parent, ++started);
  std::filesystem::create_directories(folder);
  return folder;
}

std::vector<std::string> ingest_flags(const std::string& folder, const IngestWishes& wishes,
                                      bool keeps_bytes) {
  std::vector<std::string> flags{"--json",        "/dev/stdout", "--transcript", "/dev/null",
                                 "--max-seconds", "120",         "--quiet"};
  if (keeps_bytes) flags.insert(flags.end(), {"--raw", folder});
  if (wishes.report_until.empty()) return flags;
  flags.insert(flags.end(), {"--report", "--report-json", folder + kReportFile, "--report-until",
                             wishes.report_until});
  return flags;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

Ingest::Ingest(const Places& places, const std::vector<std::string>& flags,
               const IngestWishes& wishes)
    : folder_(new_folder(places)),
      child_(command_line(
          places.ingest,
          ingest_flags(folder_, wishes, wishes.keeps_bytes || !places.envelopes.empty()), flags)) {
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

picket::Value Ingest::report() const {
  auto report = picket::parse_json(content_of(folder_ + kReportFile));
  if (!report) throw std::runtime_error("picket-ingest wrote no report");
  return std::move(*report);
}

std::string Ingest::report_text() {
  std::string text;
  for (const std::string& line : child_.output().all()) {
    if (!is_document(line) && !line.starts_with("DSN ")) text += line + '\n';
  }
  return text;
}

std::string Ingest::bytes() const {
  std::string bytes;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    if (entry.path().extension() == ".envelope") bytes += content_of(entry.path().string());
  }
  return bytes;
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

bool Bot::wait_for_log(std::string_view text) {
  const auto line = child_.errors().wait_for(
      [&](const std::string& each) { return each.find(text) != std::string::npos; }, kLogTime);
  return line.has_value();
}

bool Bot::wait_for_replies(std::size_t count) {
  return child_.output().wait_for_count(
      count, [](const std::string& line) { return line.starts_with('#'); }, kReplyTime);
}

int Bot::terminate() {
  child_.ask_to_stop();
  return wait_for_end();
}

int Bot::finish() {
  child_.close_input();
  return wait_for_end();
}

int Bot::wait_for_end() {
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
