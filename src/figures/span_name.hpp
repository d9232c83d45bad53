#pragma once

// Which spans count in the figures of databases and of other services, and under which name.

#include "figures/name_table.hpp"
#include "picket/tracing.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace picket::figures {

/// What a span is about, by its op. Spec: S10.3, S10.4.
enum class SpanFamily : std::uint8_t { none, database, api, http };

/// `database`, `db`, `sql` and their dotted children; `api`, its children and what ends in `_api`;
/// `http` and its children, which are calls of other services too.
SpanFamily family_of(std::string_view op) noexcept;

/// A name of at most `NameTable::kMaxBytes`, put together without allocating.
class JoinedName {
 public:
  JoinedName(std::string_view first, std::string_view second) noexcept;  // with a space between
  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  void append(std::string_view text) noexcept;

  std::array<char, NameTable::kMaxBytes> text_;
  std::size_t size_ = 0;
};

/// What a span of a database counts under: the data `db.operation` (or `db.operation.name`) and
/// `db.collection.name` (or `db.sql.table`) that it was started with, else its description, else
/// its op.
JoinedName database_name(const SpanArgs& args) noexcept;

/// What a span of the API family counts under: the `api_name` of its description, else its op.
std::string_view api_name(const SpanArgs& args) noexcept;

/// What a call counts under: host and path of its URL, which may stand behind a method as in
/// `GET https://chat.local/users?id=7`, without scheme, credentials, query and fragment. What is no
/// URL stays as it is, but for a query. Lifetime: a view into `text`.
std::string_view api_name(std::string_view text) noexcept;

}  // namespace picket::figures
