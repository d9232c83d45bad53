#pragma once

// An `OutgoingEnvelope` is written once, item by item, into one buffer, and keeps enough about each
// item to take it out again when a rate limit strikes. Its header line is made at the last moment,
// because `sent_at` belongs there. Reading envelopes is `picket/envelope.hpp`.

#include "picket/clock.hpp"
#include "picket/event_id.hpp"
#include "protocol/loss_ledger.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::protocol {

/// Further item headers, written after `type` and `length` when not empty. A file name loses its
/// directories, and the default attachment type is left out. Spec: P2.4, P5.8.
struct ItemHeaders {
  std::string_view filename{};
  std::string_view content_type{};
  std::string_view attachment_type{};
  std::size_t item_count = 0;  // of a container
};

class OutgoingEnvelope {
 public:
  /// What the header line says, apart from `sent_at`. Nil id: no `event_id`. `trace` is JSON or
  /// empty. Spec: P2.3.
  struct Header {
    EventId event_id{};
    std::string dsn{};
    std::string trace{};
  };

  OutgoingEnvelope() = default;
  explicit OutgoingEnvelope(Header header) : header_(std::move(header)) {}

  /// An envelope that was stored: as one item of which nothing can be taken out. `body` and
  /// `quantities` are what `body()` and `quantities()` said.
  static OutgoingEnvelope restore(Header header, std::string body,
                                  std::vector<Quantity> quantities);

  /// Appends an item with a payload that exists already. `quantities` is what the ledger counts.
  void add_item(std::string_view type, std::string_view payload, std::vector<Quantity> quantities,
                const ItemHeaders& headers = {});

  /// Appends an item whose payload `write` appends to the string it is given.
  /// Errors: what `write` throws passes through, and leaves the envelope as it was.
  template <class Write>
  void write_item(std::string_view type, std::vector<Quantity> quantities, Write&& write,
                  const ItemHeaders& headers = {}) {
    const std::size_t begin = body_.size();
    try {
      write(body_);
      finish_item(type, begin, std::move(quantities), headers);
    } catch (...) {
      body_.resize(begin);
      throw;
    }
  }

  /// Takes out every item for which `limited(category)` is true for one of its categories, and
  /// what belongs to it: attachments leave with their event. Returns what was taken. Spec: P6.5.
  template <class Limited>
  std::vector<Quantity> remove_limited(Limited&& limited) {
    bool event_gone = false;
    for (const Item& item : items_) {
      event_gone = event_gone || (item.is_event && is_limited(item, limited));
    }
    return remove_if([&](const Item& item) {
      return (event_gone && item.belongs_to_event) || is_limited(item, limited);
    });
  }

  /// All quantities of all items.
  [[nodiscard]] std::vector<Quantity> quantities() const;
  [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return body_.size(); }
  [[nodiscard]] const Header& header() const noexcept { return header_; }

  /// The items as they will be sent.
  /// Lifetime: until the envelope changes.
  [[nodiscard]] std::string_view body() const noexcept { return body_; }

  /// The whole envelope with `sent_at` and `sdk` in its header. Spec: P2.3.
  [[nodiscard]] std::string to_bytes(WallTime sent_at) const;

 private:
  struct Item {
    std::size_t begin = 0;  // of the item header in `body_`
    std::size_t end = 0;
    bool is_event = false;          // event, transaction, feedback
    bool belongs_to_event = false;  // leaves with it
    std::vector<Quantity> quantities{};
  };

  /// The spans inside a transaction are no items of their own. Spec: P6.4.
  static bool is_companion(const Item& item, const Quantity& quantity) noexcept {
    return quantity.category == DataCategory::span &&
           item.quantities.front().category == DataCategory::transaction;
  }

  template <class Limited>
  static bool is_limited(const Item& item, Limited& limited) {
    for (const Quantity& quantity : item.quantities) {
      if (is_companion(item, quantity)) continue;
      if (limited(quantity.category)) return true;
    }
    return false;
  }

  template <class Predicate>
  std::vector<Quantity> remove_if(Predicate&& leaves) {
    std::vector<Quantity> taken;
    std::string body;
    std::vector<Item> kept;
    for (Item& item : items_) {
      if (leaves(item)) {
        taken.insert(taken.end(), item.quantities.begin(), item.quantities.end());
        continue;
      }
      const std::size_t begin = body.size();
      body.append(body_, item.begin, item.end - item.begin);
      item.begin = begin;
      item.end = body.size();
      kept.push_back(std::move(item));
    }
    body_ = std::move(body);
    items_ = std::move(kept);
    return taken;
  }

  void finish_item(std::string_view type, std::size_t payload_begin,
                   std::vector<Quantity> quantities, const ItemHeaders& headers);

  Header header_;
  std::string body_;  // item headers and payloads, each ended by a line feed
  std::vector<Item> items_;
};

/// The `discarded_events` payload of a client report. Spec: P5.9.
std::string client_report_payload(const std::vector<Loss>& losses, WallTime now);

}  // namespace picket::protocol
