#include "ingest/required_fields.hpp"

#include "ingest/facts.hpp"
#include "ingest/formats.hpp"
#include "ingest/plain_text.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace picket::ingest {
namespace {

// What one process sent of one trace.
using Part = std::pair<std::string, std::string>;

Part part_of(const Node& event) {
  return {lower_id(event["contexts"]["trace"]["trace_id"].text_or("")),
          std::string(event["release"].text_or(""))};
}

bool names_a_command(const Node& event) {
  const Node contexts = event["contexts"];
  return contexts["command"] || contexts["interaction"] || !tag_of(event, "command.name").empty() ||
         !tag_of(event, "command.outcome").empty();
}

bool is_event(std::string_view type) {
  return type == "event" || type == "transaction" || type == "feedback";
}

class Check {
 public:
  Check(const Received& received, CommandItems command_items) : all_(command_items) {
    envelopes_ = received.accepted();
    each([&](const ReceivedEnvelope&, const ReceivedItem& item) {
      const Node event(item.payload);
      if (is_event(item.type) && names_a_command(event)) commands_.insert(part_of(event));
    });
  }

  std::vector<std::string> run() {
    each([this](const ReceivedEnvelope& envelope, const ReceivedItem& item) {
      const Node payload(item.payload);
      if (is_event(item.type)) check_event(envelope, item.type, payload);
      if (payload["items"].list()) check_records(envelope, item.type, payload["items"]);
    });
    return std::move(missing_);
  }

 private:
  template <class Use>
  void each(Use&& use) const {
    for (const EnvelopePointer& envelope : envelopes_) {
      for (const ReceivedItem& item : envelope->items) use(*envelope, item);
    }
  }

  void require(bool has, const std::string& where, std::string_view what) {
    if (!has) missing_.push_back(fmt::format("{}: no {}", where, what));
  }

  void check_event(const ReceivedEnvelope& envelope, std::string_view type, const Node& event) {
    const std::string where =
        fmt::format("#{} {} {}", envelope.number, type, envelope.event_id.substr(0, 8));
    require(!event["release"].text_or("").empty(), where, "release");
    require(!event["environment"].text_or("").empty(), where, "environment");
    const bool in_command =
        all_ == CommandItems::all || names_a_command(event) || commands_.contains(part_of(event));
    if (in_command) {
      require(!tag_of(event, "command.name").empty(), where, "tag command.name");
      require(!user_id_of(event).empty(), where, "user.id");
    }
    if (type == "transaction") check_ops(where, event);
  }

  void check_ops(const std::string& where, const Node& transaction) {
    require(!transaction["contexts"]["trace"]["op"].text_or("").empty(), where, "op");
    for (const Node& span : transaction["spans"].elements()) {
      require(!span["op"].text_or("").empty(),
              fmt::format("{}, span {}", where, one_line(span["span_id"].text_or("?"), 16)), "op");
    }
  }

  void check_records(const ReceivedEnvelope& envelope, std::string_view type, const Node& items) {
    for (const Node& record : items.elements()) {
      const Node attributes = record["attributes"];
      const std::string where =
          fmt::format("#{} {} {}", envelope.number, type,
                      one_line(record["name"].text_or(record["body"].text_or("")), 60));
      require(attributes["sentry.release"]["value"].text(), where, "attribute sentry.release");
      require(attributes["sentry.environment"]["value"].text(), where,
              "attribute sentry.environment");
      const bool of_command = record["name"].text_or("").find("command.") != std::string_view::npos;
      if (type == "trace_metric" && of_command) {
        require(attributes["command"]["value"].text(), where, "attribute command");
      }
      if (type == "span") {
        require(attributes["sentry.op"]["value"].text(), where, "attribute sentry.op");
      }
    }
  }

  CommandItems all_;
  std::vector<EnvelopePointer> envelopes_{};
  std::set<Part> commands_{};
  std::vector<std::string> missing_{};
};

}  // namespace

std::vector<std::string> missing_fields(const Received& received, CommandItems command_items) {
  return Check(received, command_items).run();
}

}  // namespace picket::ingest
