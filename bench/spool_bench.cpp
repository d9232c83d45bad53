// What a spool costs at the start: how long `init` takes while so many envelopes lie on disk, left
// behind by a process that is gone, and how long until the first of them has been sent.
//
//   picket_bench_spool [--quick] [--json=FILE]     prints a table, as Markdown

#include "measure.hpp"
#include "picket/picket.hpp"
#include "report.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace picket::bench {
namespace {

using namespace std::chrono_literals;

constexpr int kStarts = 21;

class Away final : public Transport {
 public:
  TransportResponse send(std::string_view) override { return {.error = "no network"}; }
};

class Counting final : public Transport {
 public:
  TransportResponse send(std::string_view) override {
    sent = true;
    return {.status = 200};
  }
  std::atomic<bool> sent{false};
};

Options options(const std::string& directory, std::shared_ptr<Transport> transport) {
  Options made;
  made.dsn = "http://key@127.0.0.1:9/1";
  made.logger = [](Level, std::string_view) {};
  made.transport = std::move(transport);
  made.max_queue_items = 10'000;
  made.spool_directory = directory;
  made.spool_max_items = 1'000'000;
  made.spool_max_bytes = std::size_t{1} << 32U;
  return made;
}

/// In a process of its own, which then is gone.
void fill(const std::string& directory, int envelopes) {
  const pid_t filler = fork();
  if (filler == 0) {
    const auto guard = init(options(directory, std::make_shared<Away>()));
    for (int i = 0; i < envelopes; ++i) {
      capture_message("left behind " + std::to_string(i));
      if (i % 1000 == 999 && !flush(60s)) std::_Exit(1);
    }
    std::_Exit(flush_to_spool(60s) ? 0 : 1);
  }
  int status = 0;
  waitpid(filler, &status, 0);
  if (status != 0) throw std::runtime_error("the spool could not be filled");
}

double megabytes_in(const std::string& directory) {
  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    bytes += file.file_size();
  }
  return static_cast<double>(bytes) / (1024.0 * 1024.0);
}

/// One start, in a process of its own: the time of `init`, or until the first envelope is sent, at
/// most ten seconds. Units: ms.
double start(const std::string& directory, bool until_sent) {
  return in_child([&]() -> std::vector<double> {
           const auto transport = std::make_shared<Counting>();
           const std::int64_t begin = wall_ns();
           static const auto guard = init(options(directory, transport));  // never closed
           const auto took = [&] { return static_cast<double>(wall_ns() - begin) / 1e6; };
           while (until_sent && !transport->sent && took() < 10'000) {
             std::this_thread::sleep_for(100us);
           }
           return {took()};
         })
      .front();
}

void measure(Report& report, int envelopes) {
  std::string directory = (std::filesystem::temp_directory_path() / "picket-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr) throw std::runtime_error("no directory");
  if (envelopes > 0) fill(directory, envelopes);
  const double size = megabytes_in(directory);
  std::vector<double> starts;
  for (int i = 0; i < kStarts; ++i) starts.push_back(start(directory, false));
  const double sent =
      envelopes > 0 ? start(directory, true) : std::numeric_limits<double>::quiet_NaN();
  report.add({static_cast<double>(envelopes), size, median(starts), quantile(starts, 1), sent});
  std::filesystem::remove_all(directory);
}

void run(const Arguments& arguments) {
  Report report("spool", {"envelopes on disk", "MiB", "init, median, ms", "init, longest of 21, ms",
                          "first of them sent after, ms"});
  const int most = arguments.quick ? 10'000 : 100'000;
  for (const int count : {0, most / 100, most}) measure(report, count);
  report.write(arguments.json);
}

}  // namespace
}  // namespace picket::bench

int main(int argc, char** argv) {
  picket::bench::run(
      picket::bench::Arguments::parse(argc, argv, "picket_bench_spool [--quick] [--json=FILE]"));
  return 0;
}
