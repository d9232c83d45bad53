#pragma once

// The readable name of an object's class, for logs and contexts.

#include <string>
#include <typeinfo>

namespace bot {

/// `bot::db::QueryError` and the like.
std::string qualified_name(const std::type_info& type);

/// The last part alone: `QueryError`. Not for templates.
std::string bare_name(const std::type_info& type);

}  // namespace bot
