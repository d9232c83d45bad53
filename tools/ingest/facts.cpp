#include "ingest/facts.hpp"

#include "ingest/plain_text.hpp"
#include "ingest/titles.hpp"

namespace picket::ingest {
namespace {

std::string plain(const Node& node) { return node ? value_line(node.value()) : std::string(); }

std::string message_template(const Node& event) {
  const Node logentry = event["logentry"];
  if (logentry["message"].text()) return *logentry["message"].text();
  return message_text(event);
}

std::string default_group(const Node& event) {
  const std::string type = error_type(event);
  if (!type.empty()) return type;
  const std::string message = message_template(event);
  return message.empty() ? "(no message)" : message;
}

bool is_default(std::string_view part) { return part == "{{ default }}" || part == "{{default}}"; }

}  // namespace

std::string tag_of(const Node& event, std::string_view key) {
  const Node tags = event["tags"];
  if (tags.object()) return plain(tags[key]);
  for (const Node& pair : tags.elements()) {
    if (pair[0].text_or("") == key) return plain(pair[1]);
  }
  return {};
}

bool is_error(const Node& event) {
  const std::string_view level = event["level"].text_or("error");
  return level == "error" || level == "fatal";
}

std::string error_type(const Node& event) {
  const auto exceptions = event["exception"].elements();
  return exceptions.empty() ? std::string() : std::string(exceptions.back()["type"].text_or(""));
}

std::string error_group(const Node& event) {
  std::string group;
  for (const Node& part : event["fingerprint"].elements()) {
    if (!group.empty()) group += " · ";
    group += is_default(part.text_or("")) ? default_group(event) : plain(part);
  }
  return group.empty() ? default_group(event) : group;
}

std::string user_id_of(const Node& event) { return plain(event["user"]["id"]); }

Outcome outcome_from(std::string_view outcome, std::string_view success) {
  if (outcome == "user_error") return Outcome::user_error;
  if (outcome == "failed") return Outcome::failed;
  if (outcome == "ok") return Outcome::ok;
  return success == "false" || success == "False" ? Outcome::failed : Outcome::ok;
}

Outcome outcome_of(const Node& transaction) {
  const std::string outcome = tag_of(transaction, "command.outcome");
  const std::string success = tag_of(transaction, "command.success");
  if (!outcome.empty() || !success.empty()) return outcome_from(outcome, success);
  const std::string_view status = transaction["contexts"]["trace"]["status"].text_or("ok");
  return status == "ok" ? Outcome::ok : Outcome::failed;
}

std::optional<double> milliseconds_of(const Node& span) {
  const auto start = span["start_timestamp"].seconds();
  const auto end = span["timestamp"].seconds();
  if (!start || !end) return std::nullopt;
  return (*end - *start) * 1000;
}

}  // namespace picket::ingest
