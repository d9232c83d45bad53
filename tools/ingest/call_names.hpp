#pragma once

// Under which names queries and calls count in the figures, by the same rules as in the library, so
// that both can be compared name by name.

#include "ingest/findings.hpp"

#include <string>
#include <string_view>

namespace picket::ingest {

/// The op itself, or one below it: `http.client` is in the family of `http`.
bool is_in_family(std::string_view op, std::string_view root);

/// `database`, `db`, `sql` and those below. Spec: S10.3.
bool is_database_op(std::string_view op);

/// `http`, `api`, those below, and what ends in `_api`. Spec: S10.4.
bool is_api_op(std::string_view op);

/// Operation and table of the span's data, else its description, else its op.
std::string database_name(const Node& span);

/// Host and path of the URL, without method, scheme, credentials and query.
std::string api_name(std::string_view endpoint);

/// Of the span's description, else its op.
std::string api_name(const Node& span);

/// With a blank between, where there are both.
std::string joined(const std::string& first, const std::string& second);

/// `2xx` to `5xx`, else `none`. Spec: S10.4.
std::string status_class(double status);

}  // namespace picket::ingest
