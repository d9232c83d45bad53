#include "protocol/write.hpp"

#include "picket/version.hpp"
#include "protocol/write_members.hpp"

namespace picket::protocol {
namespace {

// A further key must not write a member twice, nor bring the address in by the back door.
bool is_user_member(const User& user, std::string_view key, bool pii) noexcept {
  if (key == "ip_address") return user.ip_address || !pii;
  return (key == "id" && user.id) || (key == "username" && user.username) ||
         (key == "email" && user.email) || (key == "name" && user.name);
}

void write_crumb_head(json::Writer& writer, WallTime timestamp, std::string_view type,
                      std::string_view category, std::string_view message, Level level) {
  if (timestamp != WallTime{}) {
    writer.key("timestamp");
    write_timestamp(writer, timestamp);
  }
  writer.member("type", type);
  writer.member("category", category);
  writer.member("message", message);
  writer.member("level", to_text(level));
}

}  // namespace

void write(json::Writer& writer, const User& user, bool pii) {
  writer.begin_object();
  member(writer, "id", user.id);
  member(writer, "username", user.username);
  member(writer, "email", user.email);
  if (pii) member(writer, "ip_address", user.ip_address);
  member(writer, "name", user.name);
  for (const Member& further : user.data) {
    if (is_user_member(user, further.key, pii)) continue;
    writer.key(further.key);
    writer.value(further.value);
  }
  writer.end_object();
}

void write(json::Writer& writer, const Breadcrumb& breadcrumb) {
  writer.begin_object();
  write_crumb_head(writer, breadcrumb.timestamp, breadcrumb.type, breadcrumb.category,
                   breadcrumb.message, breadcrumb.level);
  member(writer, "data", breadcrumb.data);
  writer.end_object();
}

void write(json::Writer& writer, const BreadcrumbView& breadcrumb) {
  writer.begin_object();
  write_crumb_head(writer, breadcrumb.timestamp, breadcrumb.type, breadcrumb.category,
                   breadcrumb.message, breadcrumb.level);
  if (!breadcrumb.data.empty()) {
    writer.key("data");
    writer.raw(breadcrumb.data);
  }
  writer.end_object();
}

void write(json::Writer& writer, const Request& request) {
  writer.begin_object();
  writer.member("method", request.method);
  writer.member("url", request.url);
  writer.member("query_string", request.query_string);
  if (!request.data.is_null()) {
    writer.key("data");
    writer.value(request.data);
  }
  writer.member("cookies", request.cookies);
  member(writer, "headers", request.headers);
  member(writer, "env", request.env);
  writer.end_object();
}

void write(json::Writer& writer, const LogEntry& entry) {
  writer.begin_object();
  writer.member("formatted", entry.formatted);
  writer.member("message", entry.message);
  if (!entry.params.empty()) {
    writer.key("params");
    writer.begin_array();
    for (const Value& param : entry.params) writer.value(param);
    writer.end_array();
  }
  writer.end_object();
}

void write_sdk(json::Writer& writer, bool pii) {
  writer.begin_object();
  writer.member("name", kSdkName);
  writer.member("version", kVersion);
  writer.key("settings");
  writer.begin_object();
  writer.member("infer_ip", pii ? "auto" : "never");
  writer.end_object();
  writer.end_object();
}

}  // namespace picket::protocol
