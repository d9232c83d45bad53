#include "driver/stage.hpp"

#include <algorithm>
#include <fstream>

namespace demo {

namespace {

constexpr std::string_view kIdMark = "error id ";

std::string write_script(const Places& places, const std::vector<std::string>& lines) {
  const std::string path = places.folder + "/script";
  std::ofstream file(path);
  for (const std::string& line : lines) file << line << '\n';
  return path;
}

Run run_script(const Places& places, const std::vector<std::string>& lines,
               std::vector<std::string> flags) {
  const std::string script = write_script(places, lines);
  for (const char* flag : {"--threads", "1", "--script", script.c_str()}) flags.emplace_back(flag);
  Bot bot(places, flags);
  Run run;
  run.exit_code = bot.finish();
  run.replies = bot.replies();
  run.log = bot.log();
  return run;
}

}  // namespace

std::size_t Run::log_count(std::string_view text) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      log, [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

void Stage::begin(std::string_view step) {
  step_ = step;
  checks_.begin(step);
}

Run Stage::run(const std::vector<std::string>& lines, std::vector<std::string> flags) {
  Ingest ingest(places_);
  flags.insert(flags.end(), {"--dsn", ingest.dsn()});
  Run run = run_script(places_, lines, std::move(flags));
  run.arrivals = ingest.stop();
  keep(run.arrivals);
  return run;
}

Run Stage::run_with_chat(const std::vector<std::string>& lines, std::vector<std::string> flags) {
  Ingest ingest(places_);
  Chat chat(places_, {"--dsn", ingest.dsn()});
  flags.insert(flags.end(), {"--dsn", ingest.dsn(), "--chat", chat.url()});
  Run run = run_script(places_, lines, std::move(flags));
  chat.stop();
  run.arrivals = ingest.stop();
  keep(run.arrivals);
  return run;
}

Run Stage::run_unmonitored(const std::vector<std::string>& lines,
                           const std::vector<std::string>& flags) {
  return run_script(places_, lines, flags);
}

void Stage::keep(const Arrivals& arrivals) {
  if (arrivals.events.empty() && arrivals.transactions.empty()) return;
  kept_.push_back({step_, arrivals});
}

std::string without_error_id(const std::string& reply) {
  const auto start = reply.find(kIdMark);
  return start == std::string::npos ? reply : reply.substr(0, start + kIdMark.size());
}

std::string error_id_of(const std::string& reply) {
  const auto start = reply.find(kIdMark);
  return start == std::string::npos ? "" : reply.substr(start + kIdMark.size());
}

}  // namespace demo
