#pragma once

// One of the two libraries that are measured side by side. Both do the same piece of work for the
// same `Operation`; `rows.cpp` says which pieces, how often, and what the budget is.

#include <cstddef>
#include <memory>
#include <string>

namespace picket::bench {

enum class Operation {
  message,      // capture_message
  exception,    // capture_exception, 20 frames deep
  breadcrumb,   // with two values
  tag,          // set_tag, the same key
  span,         // one span without a transaction around it
  transaction,  // with ten spans; a span has an op, a description and a datum
  log_line,     // with two attributes
  metric,       // counts one
  init_close,
};

/// How a library is started. `fill_scope`: three tags, a user, a context and so many breadcrumbs.
struct Setting {
  std::string dsn = "http://key@127.0.0.1:9/1";
  double sample_rate = 1;
  double traces_sample_rate = 0;
  bool fill_scope = false;
  int breadcrumbs = 0;
  bool over_http = false;  // else a transport throws the envelopes away
  bool compresses = false;
  int max_queue_items = 256;
};

class Side {
 public:
  virtual ~Side() = default;
  virtual void start(const Setting& setting) = 0;

  /// Closes within the two seconds that are the default of both; returns how many items were lost,
  /// as far as the library tells.
  virtual std::size_t stop() = 0;

  /// Waits until what was captured is gone.
  virtual void settle() = 0;

  virtual void run(Operation operation, int times) = 0;
};

std::unique_ptr<Side> ours();
std::unique_ptr<Side> theirs();

}  // namespace picket::bench
