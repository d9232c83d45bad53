#include "picket/integrations/curl.hpp"

#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/loopback.hpp"
#include "support/told.hpp"

#include <curl/curl.h>
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace picket::curl {
namespace {

using testing::ScopedClient;
using tests::breadcrumbs;
using tests::header_of;
using tests::HeaderLog;
using tests::Loopback;
using tests::spans;
using tests::text_at;
using tests::transactions;

struct Cleanup {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, Cleanup>;
using HostList = std::unique_ptr<curl_slist, Cleanup>;

std::size_t swallow(char*, std::size_t size, std::size_t count, void*) { return size * count; }

/// A handle as a host sets it up.
Easy easy_for(const std::string& url, curl_slist* headers = nullptr) {
  Easy easy(curl_easy_init());
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &swallow);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, 20L);
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_FORBID_REUSE, 1L);
  return easy;
}

HostList list_of(const std::vector<std::string>& lines) {
  HostList list;
  for (const std::string& line : lines) {
    curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

/// A server that keeps what it is sent, and answers what the path says.
struct Shop {
  HeaderLog log{};
  Loopback<> server{};

  Shop() {
    server.Get(R"(/status/(\d+))", [this](const ::httplib::Request& in, ::httplib::Response& out) {
      log.keep(in);
      out.status = std::stoi(in.matches[1]);
      out.set_content("four", "text/plain");
    });
    server.start();
  }
};

/// A port that nobody listens on.
std::string deserted_url() {
  Loopback<> server;
  server.start();
  return server.url("/x");
}

Value only_transaction(const ScopedClient& client) {
  const auto all = transactions(client.captured());
  REQUIRE(all.size() == 1);
  return all[0];
}

TEST_SUITE("integrations/curl") {
  TEST_CASE("a request leaves with the headers of its span, and with its own") {  // P4.9, C096
    const ScopedClient client({.traces_sample_rate = 1.0});
    Shop shop;
    const std::string url = shop.server.url("/status/200?q=1");
    const HostList own = list_of({"X-Own: 1", "Baggage: vendor=1", "sentry-trace: stale",
                                  "baggage:other=2,sentry-release=stale", "Accept:"});
    const Easy easy = easy_for(url, own.get());
    traced({.op = "test", .name = "test"},
           [&] { CHECK(perform(easy.get(), {.url = url, .headers = own.get()}) == CURLE_OK); });
    const Value told = only_transaction(client);
    const Value span = spans(told).at(0);
    CHECK(text_at(span, "origin") == "auto.http.libcurl");
    CHECK(text_at(span, "description") == "GET " + shop.server.url("/status/200"));
    CHECK(text_at(span, "status") == "ok");
    CHECK(span.at("data.http.response.status_code") == Value(200));
    CHECK(span.at("data.http.response_content_length") == Value(4));
    CHECK(span.at("data.server.port") == Value(shop.server.port()));

    const auto seen = shop.log.all().at(0);
    CHECK(header_of(seen, "X-Own") == "1");
    CHECK(header_of(seen, "Accept") == "(none)");
    CHECK(header_of(seen, "sentry-trace") ==
          text_at(told, "contexts.trace.trace_id") + '-' + text_at(span, "span_id") + "-1");
    const std::string baggage = header_of(seen, "baggage");
    CHECK(baggage.starts_with("vendor=1,other=2,sentry-"));
    CHECK(baggage.find("stale") == std::string::npos);
  }

  TEST_CASE("afterwards the handle sends the host's own headers again") {
    const ScopedClient client({.traces_sample_rate = 1.0});
    Shop shop;
    const std::string url = shop.server.url("/status/200");
    const HostList own = list_of({"X-Own: 1", "baggage: vendor=1"});
    const Easy easy = easy_for(url, own.get());
    CHECK(perform(easy.get(), {.url = url, .headers = own.get()}) == CURLE_OK);
    CHECK(curl_easy_perform(easy.get()) == CURLE_OK);
    const Easy bare = easy_for(url);
    CHECK(perform(bare.get(), {.url = url}) == CURLE_OK);
    CHECK(curl_easy_perform(bare.get()) == CURLE_OK);

    const auto seen = shop.log.all();
    REQUIRE(seen.size() == 4);
    CHECK(header_of(seen[0], "sentry-trace").size() >= 49);
    CHECK(header_of(seen[1], "sentry-trace") == "(none)");
    CHECK(header_of(seen[1], "baggage") == "vendor=1");
    CHECK(header_of(seen[1], "X-Own") == "1");
    CHECK(header_of(seen[2], "sentry-trace").size() >= 49);
    CHECK(header_of(seen[3], "sentry-trace") == "(none)");
  }

  TEST_CASE("the status of the response becomes that of the span") {  // P4.13
    struct Row {
      const char* path;
      bool fails_on_error;
      const char* status;
      int code;
    };
    const Row rows[] = {{"/status/204", false, "ok", 204},
                        {"/status/404", false, "not_found", 404},
                        {"/status/404", true, "not_found", 404},
                        {"/status/503", false, "unavailable", 503}};
    for (const Row& row : rows) {
      CAPTURE(row.path);
      const ScopedClient client({.traces_sample_rate = 1.0});
      Shop shop;
      const std::string url = shop.server.url(row.path);
      const Easy easy = easy_for(url);
      curl_easy_setopt(easy.get(), CURLOPT_FAILONERROR, row.fails_on_error ? 1L : 0L);
      traced({.op = "test", .name = "test"}, [&] { perform(easy.get(), {.url = url}); });
      const Value told = only_transaction(client);
      CHECK(text_at(told, "spans.0.status") == row.status);
      CHECK(told.at("spans.0.data.http.response.status_code") == Value(row.code));
      CHECK(told.at("breadcrumbs.values.0.data.status_code") == Value(row.code));
    }
  }

  TEST_CASE("a failure of the network is an internal error that names curl's") {  // P4.13 rule 3
    const ScopedClient client({.traces_sample_rate = 1.0});
    Shop shop;
    const std::string good = shop.server.url("/status/200");
    const std::string bad = deserted_url();
    const Easy easy = easy_for(good);
    traced({.op = "test", .name = "test"}, [&] {
      CHECK(perform(easy.get(), {.url = good}) == CURLE_OK);
      curl_easy_setopt(easy.get(), CURLOPT_URL, bad.c_str());
      CHECK(perform(easy.get(), {.method = "GET", .url = bad}) == CURLE_COULDNT_CONNECT);
    });
    const Value told = only_transaction(client);
    CHECK(text_at(told, "spans.1.status") == "internal_error");
    CHECK(text_at(told, "spans.1.data.error.type") == curl_easy_strerror(CURLE_COULDNT_CONNECT));
    CHECK(told.at("spans.1.data.curl.code") == Value(7));
    CHECK(told.at("spans.1.data.http.response.status_code").is_null());
    CHECK(text_at(told, "breadcrumbs.values.1.level") == "error");
  }

  TEST_CASE("transfers of the multi interface are told apart") {
    const ScopedClient client({.traces_sample_rate = 1.0});
    Shop shop;
    const std::string urls[] = {shop.server.url("/status/200"), shop.server.url("/status/404"),
                                deserted_url()};
    std::vector<Easy> handles;
    std::vector<Transfer> transfers;
    const std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> multi(curl_multi_init(),
                                                              &curl_multi_cleanup);
    traced({.op = "test", .name = "test"}, [&] {
      for (const std::string& url : urls) {
        handles.push_back(easy_for(url));
        transfers.emplace_back(handles.back().get(), Request{.url = url});
        curl_multi_add_handle(multi.get(), handles.back().get());
      }
      CHECK(current_span().span_id().size() == 16);
      for (int running = 1; running > 0;) {
        REQUIRE(curl_multi_perform(multi.get(), &running) == CURLM_OK);
        if (running > 0) curl_multi_poll(multi.get(), nullptr, 0, 1000, nullptr);
      }
      int left = 0;
      while (const CURLMsg* const message = curl_multi_info_read(multi.get(), &left)) {
        for (std::size_t i = 0; i < handles.size(); ++i) {
          if (handles[i].get() == message->easy_handle) transfers[i].finish(message->data.result);
        }
      }
    });
    for (const Easy& easy : handles) curl_multi_remove_handle(multi.get(), easy.get());
    const Value told = only_transaction(client);
    REQUIRE(spans(told).size() == 3);
    CHECK(text_at(told, "spans.0.status") == "ok");
    CHECK(text_at(told, "spans.1.status") == "not_found");
    CHECK(text_at(told, "spans.2.status") == "internal_error");
    CHECK(breadcrumbs(told).size() == 3);
    for (const Value& span : spans(told)) {
      CHECK(text_at(span, "parent_span_id") == text_at(told, "contexts.trace.span_id"));
    }
    const auto seen = shop.log.all();
    REQUIRE(seen.size() == 2);
    CHECK(header_of(seen[0], "sentry-trace") != header_of(seen[1], "sentry-trace"));
  }

  TEST_CASE("a transfer that is dropped or moved puts the headers back") {
    const ScopedClient client({.traces_sample_rate = 1.0});
    Shop shop;
    const std::string url = shop.server.url("/status/200");
    const Easy easy = easy_for(url);
    traced({.op = "test", .name = "test"}, [&] {
      Transfer transfer(easy.get(), {.url = url});
      Transfer moved(std::move(transfer));
      transfer.finish(CURLE_OK);  // NOLINT(bugprone-use-after-move): of nothing
      moved = Transfer();
      curl_easy_perform(easy.get());
    });
    CHECK(header_of(shop.log.all().at(0), "sentry-trace") == "(none)");
    CHECK(text_at(only_transaction(client), "spans.0.status") == "cancelled");
  }

  TEST_CASE("what is no target, and the server of the DSN, gets the host's headers") {  // P4.11
    Shop shop;
    const std::string url = shop.server.url("/status/200");
    const HostList own = list_of({"baggage: vendor=1"});
    const auto send = [&](Options options) {
      options.traces_sample_rate = 1.0;
      const ScopedClient client(std::move(options));
      const Easy easy = easy_for(url, own.get());
      traced({.op = "test", .name = "test"},
             [&] { perform(easy.get(), {.url = url, .headers = own.get()}); });
      return spans(only_transaction(client)).size();
    };
    Options untargeted;
    untargeted.trace_propagation_targets.emplace();
    CHECK(send(untargeted) == 1);
    Options own_server;
    own_server.dsn = "http://key@127.0.0.1:" + std::to_string(shop.server.port()) + "/1";
    CHECK(send(own_server) == 0);
    for (const auto& seen : shop.log.all()) {
      CHECK(header_of(seen, "sentry-trace") == "(none)");
      CHECK(header_of(seen, "baggage") == "vendor=1");
    }
  }

  TEST_CASE("while off a request is performed as it is") {
    Shop shop;
    const std::string url = shop.server.url("/status/200");
    const HostList own = list_of({"X-Own: 1"});
    const Easy easy = easy_for(url, own.get());
    CHECK(perform(easy.get(), {.url = url, .headers = own.get()}) == CURLE_OK);
    const auto seen = shop.log.all().at(0);
    CHECK(header_of(seen, "X-Own") == "1");
    CHECK(header_of(seen, "sentry-trace") == "(none)");
  }
}

}  // namespace
}  // namespace picket::curl
