#include "protocol/write.hpp"

#include "picket/json.hpp"
#include "picket/version.hpp"
#include "support/golden.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace picket::protocol {
namespace {

constexpr WallTime kTime{std::chrono::microseconds(1'772'366'400'250'000)};
constexpr WallTime kBefore{std::chrono::microseconds(1'772'366'399'900'000)};

template <class T>
std::string json_of(const T& model) {
  std::string json;
  json::Writer writer(json);
  write(writer, model);
  return json;
}

std::string json_of(const Event& event, const EventExtras& extras) {
  std::string json;
  json::Writer writer(json);
  write(writer, event, extras);
  return json;
}

Event minimal_event() {
  Event event;
  event.id = *EventId::parse("0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b");
  event.timestamp = kTime;
  return event;
}

TraceContext a_trace() { return {"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a", "a1b2c3d4e5f60718"}; }

Frame full_frame() {
  return {.instruction_addr = 0x55d0c1a0428c,
          .symbol_addr = 0x55d0c1a04200,
          .image_addr = 0x55d0c1a00000,
          .function = "store::flush",
          .raw_function = "store::flush(std::chrono::milliseconds)",
          .symbol = "_ZN5store5flushENSt6chrono8durationIlSt5ratioILl1ELl1000EEEE",
          .module = "store",
          .package = "/opt/shop/bin/shopd",
          .filename = "flush.cpp",
          .abs_path = "/src/shop/store/flush.cpp",
          .lineno = 42,
          .in_app = true};
}

Mechanism full_mechanism() {
  return {.type = "signalhandler",
          .handled = false,
          .synthetic = true,
          .description = "the disk thread ended",
          .help_link = "https://wiki.example/disk",
          .exception_id = 1,
          .parent_id = 0,
          .is_exception_group = true,
          .source = "errors[0]",
          .data = {{"attempt", 3}},
          .meta = {{"signal", Object{{"number", 11}, {"name", "SIGSEGV"}}}}};
}

void add_exceptions(Event& event) {
  const Stacktrace stacktrace{
      {{.instruction_addr = 0x55d0c1a01100, .function = "main", .in_app = false}, full_frame()}};
  event.exceptions = {{.type = "Full",
                       .value = "disk full",
                       .module = "store",
                       .mechanism = full_mechanism(),
                       .stacktrace = stacktrace},
                      {.type = "Failed", .mechanism = Mechanism{.exception_id = 0}}};
  event.threads = {{.id = "4711",
                    .name = "disk",
                    .crashed = true,
                    .current = true,
                    .stacktrace = Stacktrace{{{.function = "run"}}}}};
  event.debug_images = {{.image_addr = 0x55d0c1a00000,
                         .image_size = 1'290'240,
                         .image_vmaddr = 0x400000,
                         .debug_id = "4c3d2e1f-6a5b-8879-0011-223344556677",
                         .code_id = "1f2e3d4c5b6a79880011223344556677deadbeef",
                         .code_file = "/opt/shop/bin/shopd",
                         .arch = "x86_64"}};
}

void add_circumstances(Event& event) {
  event.message = LogEntry{"disk full: /var", "disk full: %s", {"/var", 7, nullptr}};
  event.breadcrumbs = {{.timestamp = kBefore,
                        .type = "http",
                        .category = "store",
                        .message = "flush start",
                        .level = Level::debug,
                        .data = {{"url", "http://h.example/"}, {"status_code", 200}}},
                       {.message = "only a message"}};
  event.user = User{.id = "123456789012345678",
                    .username = "ada",
                    .email = "ada@example.org",
                    .ip_address = "192.0.2.7",
                    .name = "Ada",
                    .data = {{"guild_id", "42"}, {"bot", false}}};
  event.request = Request{.method = "POST",
                          .url = "https://shop.example/cart",
                          .query_string = "a=1",
                          .data = Object{{"items", List{1, 2}}},
                          .cookies = "theme=dark",
                          .headers = {{"Accept", "*/*"}},
                          .env = {{"SERVER_NAME", "web-3"}}};
}

Event maximal_event() {
  Event event = minimal_event();
  event.level = Level::fatal;
  event.platform = "other";
  event.logger = "store.disk";
  event.transaction = "POST /cart";
  event.server_name = "web-3";
  event.release = "shop@1.4.0";
  event.dist = "17";
  event.environment = "staging";
  event.tags = {{"region", "eu"}, {"customer", "a&b"}};
  event.contexts = {{"os", {{"name", "Linux"}, {"version", "6.1.0"}}},
                    {"pool", {{"size", 4}, {"idle", List{1, 2.5, true, nullptr}}}},
                    {"empty", {}}};
  event.extra = {{"batch", Object{{"id", 7}}}, {"ratio", 0.1}};
  event.fingerprint = {"{{ default }}", "disk"};
  event.modules = {{"libstore", "2.1"}, {"zlib", "1.3"}};
  event.trace = a_trace();
  add_exceptions(event);
  add_circumstances(event);
  return event;
}

Event a_transaction() {
  using std::chrono::milliseconds;
  const SpanLink link{.trace_id = "0af7651916cd43dd8448eb211c80319c",
                      .span_id = "b7ad6b7169203331",
                      .sampled = true,
                      .attributes = {{"sentry.link.type", "previous_trace"}}};
  Event event = minimal_event();
  event.start_timestamp = event.timestamp - milliseconds(250);
  event.transaction = "GET /cart/{id}";
  event.transaction_source = TransactionSource::route;
  event.trace = a_trace();
  event.trace->parent_span_id = "00f067aa0ba902b7";
  event.trace->op = "http.server";
  event.trace->description = "a cart";
  event.trace->origin = "auto.http.httplib";
  event.trace->status = SpanStatus::ok;
  event.trace->data = {{"http.response.status_code", 200}};
  event.trace->links = {link};
  event.spans = {{.trace_id = a_trace().trace_id,
                  .span_id = "0f1e2d3c4b5a6978",
                  .parent_span_id = a_trace().span_id,
                  .op = "db.query",
                  .description = "SELECT * FROM cart WHERE id = ?",
                  .origin = "auto.db.sqlite",
                  .status = SpanStatus::deadline_exceeded,
                  .start_timestamp = event.timestamp - milliseconds(200),
                  .timestamp = event.timestamp - milliseconds(150),
                  .data = {{"db.system", "sqlite"}},
                  .tags = {{"cached", "false"}},
                  .measurements = {{"rows", {.value = 3}}},
                  .links = {link}},
                 {.trace_id = a_trace().trace_id,
                  .span_id = "1111111111111111",
                  .parent_span_id = "0f1e2d3c4b5a6978",
                  .start_timestamp = event.timestamp,
                  .timestamp = event.timestamp}};
  event.measurements = {{"queue_wait", {.value = 12.5, .unit = "millisecond"}}};
  return event;
}

TEST_SUITE("protocol/write") {
  TEST_CASE("an event of which nothing is known is its required members") {  // P3.1
    CHECK(test::golden_difference("event_minimal.json", json_of(minimal_event())) == "");
  }

  TEST_CASE("an event with every member set") {  // P3.1 to P3.21
    CHECK(test::golden_difference("event_maximal.json",
                                  json_of(maximal_event(), {.send_default_pii = true})) == "");
  }

  TEST_CASE("a captured exception with its stack") {  // P3.22
    Event event = minimal_event();
    event.release = "shop@1.4.0";
    event.environment = "staging";
    event.server_name = "web-3";
    event.tags = {{"region", "eu"}};
    event.exceptions = {{.type = "runtime_error",
                         .value = "disk full",
                         .module = "std",
                         .mechanism = Mechanism{},
                         .stacktrace = Stacktrace{{{.instruction_addr = 0x55d0c1a01100,
                                                    .function = "main",
                                                    .package = "/opt/shop/bin/shopd",
                                                    .in_app = true},
                                                   {.instruction_addr = 0x55d0c1a0428c,
                                                    .function = "store::flush",
                                                    .package = "/opt/shop/bin/shopd",
                                                    .in_app = true}}}}};
    event.trace = a_trace();
    CHECK(test::golden_difference("event_exception.json", json_of(event)) == "");
  }

  TEST_CASE("a transaction with its spans") {  // P4.1 to P4.5, P4.16, P4.19
    CHECK(test::golden_difference("transaction.json", json_of(a_transaction())) == "");
  }

  TEST_CASE("an exception group links its members") {  // P3.9 C058
    Event event = minimal_event();
    const auto linked = [](std::uint32_t id, std::string source) {
      return Mechanism{.exception_id = id, .parent_id = 0, .source = std::move(source)};
    };
    event.exceptions = {
        {.type = "Timeout", .value = "5s", .module = "net", .mechanism = linked(2, "errors[1]")},
        {.type = "Locked", .value = "busy", .module = "db", .mechanism = linked(1, "errors[0]")},
        {.type = "Multi",
         .value = "2 errors",
         .module = "app",
         .mechanism = Mechanism{.exception_id = 0, .is_exception_group = true}}};
    CHECK(test::golden_difference("event_group.json", json_of(event)) == "");
  }

  TEST_CASE("a message with the stack of its thread") {  // P3.5 P3.10 C055
    Event event = minimal_event();
    event.level = Level::info;
    event.message = LogEntry{.formatted = "up"};
    event.threads = {
        {.id = "1", .current = true, .stacktrace = Stacktrace{{{.function = "main"}}}}};
    CHECK(test::golden_difference("event_message.json", json_of(event)) == "");
  }

  TEST_CASE("the stack of a crash tells registers, source and which addresses return") {  // P3.11
    Stacktrace stacktrace{.frames = {{.function = "main",
                                      .lineno = 7,
                                      .pre_context = {"{"},
                                      .context_line = "crash();",
                                      .post_context = {"}"}}},
                          .registers = {{"rip", 0x1000}, {"rsp", 0}},  // P3.13
                          .adjustment = AddressAdjustment::all_but_first,
                          .snapshot = true};
    CHECK(json_of(stacktrace) ==
          R"({"frames":[{"function":"main","lineno":7,"pre_context":["{"],)"
          R"("context_line":"crash();","post_context":["}"]}],)"
          R"("registers":{"rip":"0x1000","rsp":"0x0"},)"
          R"("instruction_addr_adjustment":"all_but_first","snapshot":true})");
    CHECK(json_of(Thread{.id = "7", .crashed = true, .main = true, .state = "sleeping"}) ==
          R"({"id":"7","crashed":true,"main":true,"state":"sleeping"})");
    CHECK(json_of(Exception{.type = "SIGSEGV", .thread_id = "7"}) ==
          R"({"type":"SIGSEGV","thread_id":"7"})");
  }

  TEST_CASE("the members come in the order of the protocol's table") {  // P3.1
    const std::string json = json_of(maximal_event());
    std::size_t last = 0;
    for (const std::string_view key :
         {"event_id",    "timestamp",   "platform", "level",       "logger",  "transaction",
          "server_name", "release",     "dist",     "environment", "tags",    "extra",
          "modules",     "fingerprint", "logentry", "exception",   "threads", "debug_meta",
          "breadcrumbs", "user",        "request",  "contexts",    "sdk"}) {
      CAPTURE(key);
      const std::size_t at = json.find("\"" + std::string(key) + "\":", last);
      REQUIRE(at != std::string::npos);
      last = at;
    }
  }

  TEST_CASE("the address of a user is personal") {  // P3.17 C068
    const Event event = maximal_event();
    CHECK(json_of(event).find("192.0.2.7") == std::string::npos);
    CHECK(json_of(event, {.send_default_pii = true}).find("192.0.2.7") != std::string::npos);

    Event sneaky = minimal_event();
    sneaky.user = User{.id = "1", .data = {{"ip_address", "192.0.2.7"}, {"id", "2"}}};
    const Result<Value> read = parse_json(json_of(sneaky));
    CHECK(read->at("user") == Value(Object{{"id", "1"}}));

    Event only_address = minimal_event();
    only_address.user = User{.ip_address = "192.0.2.7"};
    CHECK(parse_json(json_of(only_address))->at("user").is_null());
  }

  TEST_CASE("the server guesses addresses only where the host allowed them") {  // P3.21
    CHECK(parse_json(json_of(minimal_event()))->at("sdk.settings.infer_ip").text_or("") == "never");
    CHECK(parse_json(json_of(minimal_event(), {.send_default_pii = true}))
              ->at("sdk.settings.infer_ip")
              .text_or("") == "auto");
  }

  TEST_CASE("the known trace wins over a context of that name") {  // P3.20
    Event event = minimal_event();
    event.contexts["trace"] = {{"trace_id", "host's"}};
    CHECK(parse_json(json_of(event))->at("contexts.trace.trace_id").text_or("") == "host's");
    event.trace = a_trace();
    const Result<Value> read = parse_json(json_of(event));
    CHECK(read->at("contexts.trace.trace_id").text_or("") == a_trace().trace_id);
    CHECK(read->at("contexts").as_object()->size() == 1);
  }

  TEST_CASE("empty blocks are left out") {  // P0.3 C060
    Event event = minimal_event();
    const std::string before = json_of(event);
    event.message = LogEntry{};
    event.user = User{};
    event.request = Request{};
    event.trace = TraceContext{};
    event.contexts = {{"empty", {}}};
    CHECK(json_of(event) == before);
    CHECK(json_of(Exception{.type = "E", .stacktrace = Stacktrace{}}) == R"({"type":"E"})");
    CHECK(json_of(Thread{.id = "1", .stacktrace = Stacktrace{}}) == R"({"id":"1"})");
  }

  TEST_CASE("a mechanism always has a type") {  // P3.7
    CHECK(json_of(Mechanism{.type = "", .handled = {}}) == R"({"type":"generic"})");
  }

  TEST_CASE("addresses are hex text and an unknown line is no line") {  // P3.12 C061
    CHECK(json_of(Frame{.instruction_addr = 0xDEADBEEF}) == R"({"instruction_addr":"0xdeadbeef"})");
    CHECK(json_of(Frame{.function = "f", .raw_function = "f", .lineno = 1}) ==
          R"({"function":"f","lineno":1})");
  }

  TEST_CASE("an image without a name keeps the members that the server requires") {  // P3.14
    CHECK(json_of(DebugImage{.image_addr = 0x1000, .debug_id = "d"}) ==
          R"({"type":"elf","code_file":"","debug_id":"d","image_addr":"0x1000"})");
  }

  TEST_CASE("a breadcrumb written from a view is the same as from an object") {  // P3.16
    const Breadcrumb crumb{.timestamp = kBefore,
                           .type = "http",
                           .category = "c",
                           .message = "m",
                           .level = Level::warning,
                           .data = {{"k", 1}}};
    const BreadcrumbView view{kBefore, "http", "c", "m", Level::warning, R"({"k":1})"};
    CHECK(json_of(view) == json_of(crumb));
    CHECK(json_of(crumb) ==
          R"({"timestamp":"2026-03-01T11:59:59.900000Z","type":"http","category":"c",)"
          R"("message":"m","level":"warning","data":{"k":1}})");

    Event event = minimal_event();
    event.breadcrumbs = {crumb, crumb};
    const std::vector<BreadcrumbView> views{view};
    const Result<Value> read = parse_json(json_of(event, {.breadcrumbs = &views}));
    CHECK(read->at("breadcrumbs.values").as_list()->size() == 1);
  }
}

}  // namespace
}  // namespace picket::protocol
