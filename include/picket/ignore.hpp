#pragma once

// Which errors are nobody's business: declared once, instead of remembered at every capture.
//
//   .ignore_errors = picket::IgnoreErrors{"ValidationError", "*timed out*"}
//                        .type<std::invalid_argument>()  // and whatever derives from it
//                        .when([](const std::exception& error) { return is_user_error(error); })

#include "picket/language.hpp"

#include <exception>
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace picket {

/// Spec: S11.2, P7.17.
class IgnoreErrors {
 public:
  using Predicate = std::function<bool(const std::exception&)>;

  IgnoreErrors() = default;
  IgnoreErrors(std::initializer_list<std::string> texts) : texts_(texts) {}
  IgnoreErrors(std::vector<std::string> texts) : texts_(std::move(texts)) {}

  /// Texts looked for in the type (with and without its namespace), `type: value` and the message;
  /// `*` stands for any text, and an entry with a `*` has to match the whole.
  IgnoreErrors& text(std::string text) {
    texts_.push_back(std::move(text));
    return *this;
  }

#if PICKET_HAS_RTTI
  /// Exceptions of this class and of those derived from it.
  template <class Error>
  IgnoreErrors& type() {
    return when(
        [](const std::exception& error) { return dynamic_cast<const Error*>(&error) != nullptr; });
  }
#endif

  /// Asked on the capturing thread, so it is quick and thread-safe. What it throws counts as no.
  IgnoreErrors& when(Predicate predicate) {
    predicates_.push_back(std::move(predicate));
    return *this;
  }

  [[nodiscard]] const std::vector<std::string>& texts() const noexcept { return texts_; }
  [[nodiscard]] const std::vector<Predicate>& predicates() const noexcept { return predicates_; }

 private:
  std::vector<std::string> texts_{};
  std::vector<Predicate> predicates_{};
};

}  // namespace picket
