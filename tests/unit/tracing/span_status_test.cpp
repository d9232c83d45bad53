#include "picket/span_data.hpp"

#include <doctest/doctest.h>

#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace picket {
namespace {

TEST_SUITE("tracing/span_status") {
  TEST_CASE("HTTP codes have their statuses") {  // C103, P4.13 rule 2, T8
    struct Row {
      int code;
      const char* status;
    };
    for (const Row& row : std::vector<Row>{{100, "ok"},
                                           {200, "ok"},
                                           {302, "ok"},
                                           {399, "ok"},
                                           {400, "invalid_argument"},
                                           {401, "unauthenticated"},
                                           {403, "permission_denied"},
                                           {404, "not_found"},
                                           {409, "already_exists"},
                                           {413, "failed_precondition"},
                                           {418, "invalid_argument"},
                                           {429, "resource_exhausted"},
                                           {499, "cancelled"},
                                           {500, "internal_error"},
                                           {501, "unimplemented"},
                                           {502, "internal_error"},
                                           {503, "unavailable"},
                                           {504, "deadline_exceeded"},
                                           {599, "internal_error"},
                                           {0, "unknown"},
                                           {99, "unknown"},
                                           {600, "unknown"},
                                           {-1, "unknown"}}) {
      CAPTURE(row.code);
      CHECK(to_text(status_from_http(row.code)) == row.status);
    }
  }

  TEST_CASE("gRPC codes have their statuses, in order") {  // C103, P4.13 rule 1
    const std::vector<std::string> names{"ok",
                                         "cancelled",
                                         "unknown",
                                         "invalid_argument",
                                         "deadline_exceeded",
                                         "not_found",
                                         "already_exists",
                                         "permission_denied",
                                         "resource_exhausted",
                                         "failed_precondition",
                                         "aborted",
                                         "out_of_range",
                                         "unimplemented",
                                         "internal_error",
                                         "unavailable",
                                         "data_loss",
                                         "unauthenticated"};
    for (std::size_t code = 0; code < names.size(); ++code) {
      CAPTURE(code);
      CHECK(to_text(status_from_grpc(static_cast<int>(code))) == names[code]);
      CHECK(to_text(parse_span_status(names[code])) == names[code]);
    }
    CHECK(status_from_grpc(-1) == SpanStatus::unknown);
    CHECK(status_from_grpc(17) == SpanStatus::unknown);
  }

  TEST_CASE("words in any case are statuses") {  // T8
    CHECK(parse_span_status("OK") == SpanStatus::ok);
    CHECK(parse_span_status(" PERMISSION_DENIED ") == SpanStatus::permission_denied);
    CHECK(parse_span_status("ERROR") == SpanStatus::internal_error);
    CHECK(parse_span_status("canceled") == SpanStatus::cancelled);
    CHECK(parse_span_status("unknown_error") == SpanStatus::unknown);
    CHECK(parse_span_status("splendid") == SpanStatus::unknown);
    CHECK(parse_span_status("") == SpanStatus::unset);
    CHECK(to_text(SpanStatus::unset).empty());
    CHECK(to_text(static_cast<SpanStatus>(200)).empty());
  }

  TEST_CASE("exceptions have statuses") {  // T8
    const auto status_of = [](const auto& error) {
      return to_text(status_from_exception(std::make_exception_ptr(error)));
    };
    const auto system = [](std::errc code) {
      return std::system_error(std::make_error_code(code));
    };
    CHECK(status_of(std::invalid_argument("x")) == "invalid_argument");
    CHECK(status_of(std::out_of_range("x")) == "out_of_range");
    CHECK(status_of(std::bad_alloc()) == "resource_exhausted");
    CHECK(status_of(system(std::errc::timed_out)) == "deadline_exceeded");
    CHECK(status_of(system(std::errc::permission_denied)) == "permission_denied");
    CHECK(status_of(system(std::errc::no_such_file_or_directory)) == "not_found");
    CHECK(status_of(system(std::errc::operation_canceled)) == "cancelled");
    CHECK(status_of(system(std::errc::address_in_use)) == "internal_error");
    CHECK(status_of(std::runtime_error("x")) == "internal_error");
    CHECK(status_of(42) == "internal_error");
    CHECK(status_from_exception(std::exception_ptr()) == SpanStatus::unset);
  }

  TEST_CASE("sources have names") {  // P4.4
    CHECK(to_text(TransactionSource::custom) == "custom");
    CHECK(to_text(TransactionSource::route) == "route");
    CHECK(to_text(TransactionSource::task) == "task");
  }
}

}  // namespace
}  // namespace picket
