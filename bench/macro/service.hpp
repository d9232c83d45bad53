#pragma once

// A service as many are: it parses the JSON of a request, asks a database three times, writes the
// JSON of an answer, and tells picket what it does: a scope and a transaction for each request, a
// span for each query, breadcrumbs. The database is SQLite in memory, one for each thread.

#include <cstdint>
#include <memory>
#include <string>

namespace picket::bench {

class Service {
 public:
  /// Errors: throws when there is no database.
  Service();
  ~Service();

  /// Answers the request with that number.
  /// Lifetime: the text, until the next call.
  const std::string& handle(std::int64_t number);

 private:
  struct Parts;

  std::unique_ptr<Parts> parts_;
};

}  // namespace picket::bench
