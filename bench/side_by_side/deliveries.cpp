// Delivery over HTTP to a sink in a process of its own, and what a hung server costs. Each library
// is measured in a process of its own too: its CPU and its memory are counted as a whole.

#include "measure.hpp"
#include "side_by_side/side.hpp"
#include "side_by_side/table.hpp"
#include "sink.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace picket::bench {
namespace {

using Make = std::unique_ptr<Side> (*)();

constexpr int kWarmUp = 50;

/// Both without compression, which the peer does not have, and with a queue that takes them all, as
/// the peer's does.
Setting over_http(const Sink& sink, int count) {
  return {.dsn = sink.dsn(),
          .fill_scope = true,
          .over_http = true,
          .max_queue_items = 2 * (count + kWarmUp)};
}

struct Delivery {
  std::vector<double> wall{};  // per event, until the sink has it
  std::vector<double> cpu{};   // per event, of the whole process
  double bytes = 0;            // of an envelope
  std::size_t lost = 0;

  void add(Make make, const Setting& setting, int count) {
    const Sink sink;
    Setting its = setting;
    its.dsn = sink.dsn();
    const std::vector<double> found = in_child([&] { return deliver(make, its, count, sink); });
    wall.push_back(found.at(0));
    cpu.push_back(found.at(1));
    bytes = static_cast<double>(sink.bytes()) / static_cast<double>(sink.requests());
    lost += static_cast<std::size_t>(found.at(2));
  }

 private:
  static std::vector<double> deliver(Make make, const Setting& setting, int count,
                                     const Sink& sink) {
    const auto side = make();
    side->start(setting);
    side->run(Operation::message, kWarmUp);
    side->settle();
    const std::uint64_t before = sink.requests();
    const auto wall = wall_ns();
    const auto cpu = process_cpu_ns();
    side->run(Operation::message, count);
    side->settle();
    const auto arrived = static_cast<double>(sink.requests() - before);
    return {static_cast<double>(wall_ns() - wall) / arrived,
            static_cast<double>(process_cpu_ns() - cpu) / arrived,
            static_cast<double>(count) - arrived};
  }
};

/// What it takes at least, one request after the other: a body of the same size through a bare
/// socket, and the answer read.
std::vector<double> post_bare(const Sink& sink, int count, std::size_t body) {
  const int connection = sink.connect();
  const std::string request =
      "POST /api/1/envelope/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
      std::to_string(body) + "\r\n\r\n" + std::string(body, 'x');
  std::array<char, 4096> answer{};
  const auto wall = wall_ns();
  const auto cpu = process_cpu_ns();
  for (int i = 0; i < count; ++i) {
    if (send(connection, request.data(), request.size(), MSG_NOSIGNAL) < 0 ||
        recv(connection, answer.data(), answer.size(), 0) <= 0) {
      throw std::runtime_error("no answer");
    }
  }
  close(connection);
  return {static_cast<double>(wall_ns() - wall) / count,
          static_cast<double>(process_cpu_ns() - cpu) / count};
}

/// Resident memory that a client adds which has sent one event. Units: KiB.
double idle_kib(Make make) {
  const Sink sink;
  return in_child([&]() -> std::vector<double> {
           const double before = resident_kib();
           const auto side = make();
           side->start(over_http(sink, 0));
           side->run(Operation::message, 1);
           side->settle();
           return {resident_kib() - before};
         })
      .front();
}

/// Memory that so many captures take while the server hangs, and how long `close` then takes.
struct Outage {
  double grown_kib = 0;
  double close_ms = 0;

  static Outage of(Make make, int count) {
    const Sink sink(Mood::hung);
    const std::vector<double> found = in_child([&]() -> std::vector<double> {
      const auto side = make();
      Setting setting = over_http(sink, 0);
      setting.max_queue_items = Setting().max_queue_items;
      setting.breadcrumbs = 100;
      side->start(setting);
      side->run(Operation::message, kWarmUp);
      const double before = resident_kib();
      side->run(Operation::message, count);
      const double after = resident_kib();
      const Took closing = time([&] { side->stop(); });
      return {after - before, closing.wall / 1e6};
    });
    return {found.at(0), found.at(1)};
  }
};

}  // namespace

void run_deliveries(Table& table, const Arguments& arguments) {
  constexpr const char* kName = "delivered over HTTP";
  if (!arguments.wants(kName)) return;
  const int count = arguments.quick ? 1000 : 5000;
  const Sink sink;
  const Setting plain = over_http(sink, count);
  Setting compressed = plain;
  compressed.compresses = true;
  Delivery our, their, our_compressed;
  for (int i = 0; i < (arguments.quick ? 3 : 7); ++i) {
    our.add(ours, plain, count);
    their.add(theirs, plain, count);
    our_compressed.add(ours, compressed, count);
  }
  const double body = our.bytes;
  const std::vector<double> floor = post_bare(sink, count, static_cast<std::size_t>(body));
  const std::string name = kName;
  table.add({.row = name + ", wall per event",
             .theirs = median(their.wall),
             .ours = median(our.wall),
             .budget = {.ratio = 1.0 / 5},
             .floor = floor.at(0),
             .theirs_lost = their.lost,
             .ours_lost = our.lost});
  table.add({.row = name + ", CPU per event",
             .theirs = median(their.cpu),
             .ours = median(our.cpu),
             .budget = {.ratio = 1.0 / 5},
             .floor = floor.at(1)});
  table.add({.row = name + ", ours with gzip, CPU",
             .theirs = median(their.cpu),
             .ours = median(our_compressed.cpu)});
  table.add({.row = name + ", size of a request's body",
             .unit = "bytes",
             .theirs = their.bytes,
             .ours = our.bytes});
  table.add({.row = name + ", memory after one event",
             .unit = "KiB",
             .theirs = idle_kib(theirs),
             .ours = idle_kib(ours)});
}

void run_outage(Table& table, const Arguments& arguments) {
  const int count = arguments.quick ? 2'000 : 20'000;
  const std::string name = "hung server, " + std::to_string(count) + " captures";
  if (!arguments.wants(name)) return;
  const Outage our = Outage::of(ours, count);
  const Outage their = Outage::of(theirs, count);
  table.add({.row = name + ", memory grown",
             .unit = "KiB",
             .theirs = their.grown_kib,
             .ours = our.grown_kib,
             .budget = {.most = 16 * 1024}});
  table.add({.row = name + ", close(2 s)",
             .unit = "ms",
             .theirs = their.close_ms,
             .ours = our.close_ms,
             .budget = {.most = 2100}});
}

}  // namespace picket::bench
