#pragma once

// The report of a crash as JSON, written by the handler itself: with the writer of all events, into
// memory that was there before. Names of functions are missing in it; images and addresses are
// there, and the next process or the server finds the names.

#include "client/core.hpp"
#include "crash/facts.hpp"
#include "json/writer.hpp"
#include "protocol/write.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace picket::crash {

/// What can be written down before anything has failed.
struct Prepared {
  explicit Prepared(const client::Config& config);

  /// Slow: reads a few small files. Threads: the messenger; until it is done the handler goes
  /// without.
  void add_system_contexts();

  std::string header_end{};  // of the envelope: behind the event id
  std::string sdk{};
  std::string release{};
  std::string environment{};
  std::string dist{};
  std::string server_name{};
  bool send_default_pii = false;
  std::size_t max_breadcrumbs = 0;
  std::vector<std::pair<std::string, std::string>> contexts{};  // names and JSON
  std::atomic<bool> has_contexts{false};
  std::vector<protocol::BreadcrumbView> crumbs{};  // room to sort in
};

/// Writes the event. Parts that do not fit are left out whole; the most important come first.
/// Threads: signal handler. May fault on memory that the crash has smashed.
void write_event(json::FixedBuffer& out, const Facts& facts, Prepared& prepared) noexcept;

/// The header line of its envelope, and that of its one item.
void write_header(json::FixedBuffer& out, const Facts& facts, const Prepared& prepared) noexcept;
void write_item_header(json::FixedBuffer& out, std::size_t payload) noexcept;

/// The modules of this process as the members of an array, see P3.14. images.cpp
/// Threads: signal handler. Takes the lock of the loader: it may have to be given up.
void write_images(json::Writer& writer) noexcept;

}  // namespace picket::crash
