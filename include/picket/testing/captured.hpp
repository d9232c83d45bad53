#pragma once

// What a test asks about the envelopes that left picket. Everything is read back from the bytes,
// so serialisation is tested too. Queries return values; `describe()` is for failure messages.

#include "picket/envelope.hpp"
#include "picket/export.hpp"
#include "picket/testing/captured_transaction.hpp"
#include "picket/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::testing {

/// One received event with what came in the same envelope.
class PICKET_EXPORT CapturedEvent {
 public:
  CapturedEvent(Value payload, Envelope envelope);

  [[nodiscard]] const Value& json() const noexcept { return payload_; }
  [[nodiscard]] const Envelope& envelope() const noexcept { return envelope_; }

  [[nodiscard]] std::string id() const;
  [[nodiscard]] std::string level() const;
  [[nodiscard]] std::string message() const;  // text of a message event
  [[nodiscard]] std::string type() const;     // of the outermost exception
  [[nodiscard]] std::string value() const;
  [[nodiscard]] bool is_error() const;  // has an exception

  [[nodiscard]] std::optional<std::string> tag(std::string_view key) const;
  [[nodiscard]] bool has_tag(std::string_view key, std::string_view value) const;
  [[nodiscard]] bool has_context(std::string_view name) const;
  [[nodiscard]] bool has_context(std::string_view name, std::string_view key,
                                 const Value& value) const;

  /// Messages of the breadcrumbs, oldest first.
  [[nodiscard]] std::vector<std::string> breadcrumbs() const;

  /// Items of type `attachment`.
  [[nodiscard]] std::vector<EnvelopeItem> attachments() const;

  /// A few lines for people.
  [[nodiscard]] std::string describe() const;

 private:
  Value payload_;
  Envelope envelope_;
};

/// Everything that was received, in order. A value: later captures do not change it.
class PICKET_EXPORT Captured {
 public:
  /// Reads raw envelopes; one that does not parse is a `problem`.
  explicit Captured(std::vector<std::string> raw);

  // A temporary gives its contents away, so that `for (… : client.captured().events())` is safe.
  [[nodiscard]] const std::vector<std::string>& raw() const& noexcept { return raw_; }
  [[nodiscard]] std::vector<std::string> raw() && noexcept { return std::move(raw_); }
  [[nodiscard]] const std::vector<Envelope>& envelopes() const& noexcept { return envelopes_; }
  [[nodiscard]] std::vector<Envelope> envelopes() && noexcept { return std::move(envelopes_); }
  [[nodiscard]] const std::vector<std::string>& problems() const& noexcept { return problems_; }
  [[nodiscard]] std::vector<std::string> problems() && noexcept { return std::move(problems_); }

  [[nodiscard]] const std::vector<CapturedEvent>& events() const& noexcept { return events_; }
  [[nodiscard]] std::vector<CapturedEvent> events() && noexcept { return std::move(events_); }
  [[nodiscard]] const std::vector<CapturedTransaction>& transactions() const& noexcept {
    return transactions_;
  }
  [[nodiscard]] std::vector<CapturedTransaction> transactions() && noexcept {
    return std::move(transactions_);
  }
  [[nodiscard]] std::vector<CapturedEvent> errors() const;    // with an exception
  [[nodiscard]] std::vector<CapturedEvent> messages() const;  // without one
  [[nodiscard]] std::optional<CapturedEvent> last_event() const;
  [[nodiscard]] std::optional<CapturedEvent> last_error() const;

  [[nodiscard]] std::vector<CapturedEvent> with_type(std::string_view type) const;
  [[nodiscard]] std::vector<CapturedEvent> with_message(std::string_view part) const;
  [[nodiscard]] std::vector<CapturedEvent> with_tag(std::string_view key,
                                                    std::string_view value) const;
  [[nodiscard]] std::vector<CapturedEvent> with_context(std::string_view name, std::string_view key,
                                                        const Value& value) const;

  /// The JSON of all items of a type such as `client_report`, in order; of others none.
  [[nodiscard]] std::vector<Value> payloads(std::string_view item_type) const;

  /// Losses told in client reports, summed up.
  [[nodiscard]] std::uint64_t reported(std::string_view reason, std::string_view category) const;

  /// All transactions of that name.
  [[nodiscard]] std::vector<CapturedTransaction> transactions_named(std::string_view name) const;
  [[nodiscard]] std::optional<CapturedTransaction> last_transaction() const;

  /// All events and transactions in short form.
  [[nodiscard]] std::string describe() const;

 private:
  template <class Captures>
  void take(std::string_view item_type, const Envelope& envelope, Captures& captures,
            std::size_t index);

  std::vector<std::string> raw_;
  std::vector<Envelope> envelopes_;
  std::vector<std::string> problems_;
  std::vector<CapturedEvent> events_;
  std::vector<CapturedTransaction> transactions_;
};

}  // namespace picket::testing
