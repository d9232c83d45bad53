// A shop asks its stock while many customers order at once, each with a trace of its own: whatever
// leaves for the stock, and whatever arrives at Sentry, belongs to one order and no other.

#include "picket/integrations/curl.hpp"
#include "picket/integrations/httplib.hpp"
#include "picket/picket.hpp"
#include "picket/testing/scoped_client.hpp"
#include "support/loopback.hpp"

#include <curl/curl.h>
#include <doctest/doctest.h>

#include <atomic>
#include <cstdio>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace picket {
namespace {

constexpr int kOrders = 1000;
constexpr int kCustomers = 16;
constexpr int kFailEvery = 5;

std::string hex(int number, int digits) {
  char text[33];
  std::snprintf(text, sizeof text, "%0*x", digits, static_cast<unsigned>(number));
  return text;
}

// What the customer of an order sends along. Orders count from 1, for ids of zeros are none.
std::string trace_id(int order) { return hex(order, 32); }
std::string span_id(int order) { return hex(order, 16); }
std::string sentry_members(int order, std::string_view at = "%40") {
  const std::string number = std::to_string(order);
  return "sentry-trace_id=" + trace_id(order) + ",sentry-public_key=key" + number +
         ",sentry-sample_rand=0.100000,sentry-sampled=true,sentry-release=app" + std::string(at) +
         number + ",sentry-customer=" + number;
}

/// Faults of many threads, for one check at the end. Threads: any.
class Faults {
 public:
  void expect(bool holds, int order, std::string_view what) {
    if (holds) return;
    const std::lock_guard lock(mutex_);
    if (list_.size() < 2000)
      list_.append("order " + std::to_string(order) + ": ").append(what) += '\n';
  }
  [[nodiscard]] const std::string& list() const noexcept { return list_; }

 private:
  std::mutex mutex_;
  std::string list_;
};

/// Keeps, for each order, the span that its question came from.
class Stock {
 public:
  explicit Stock(Faults& faults) {
    server_.new_task_queue = [] { return new ::httplib::ThreadPool(kCustomers * 2); };
    server_.Get("/stock", [this, &faults](const ::httplib::Request& in, ::httplib::Response&) {
      const int order = std::stoi(in.get_header_value("X-Order"));
      const std::string trace = tests::header_of(in.headers, "sentry-trace");
      faults.expect(trace.starts_with(trace_id(order) + '-') && trace.ends_with("-1"), order,
                    trace);
      const std::string baggage = tests::header_of(in.headers, "baggage");
      const std::string expected = "shop=" + std::to_string(order) + ',' +
                                   sentry_members(order, "@");  // httplib decodes what it hands out
      faults.expect(baggage == expected, order, baggage);
      const std::lock_guard lock(mutex_);
      if (trace.size() > 49) callers_[order] = trace.substr(33, 16);
    });
    server_.start();
  }

  [[nodiscard]] std::string url() const { return server_.url("/stock"); }
  void stop() { server_.stop(); }
  [[nodiscard]] const std::map<int, std::string>& callers() const noexcept { return callers_; }

 private:
  tests::Loopback<> server_{};
  std::mutex mutex_;
  std::map<int, std::string> callers_{};
};

/// Asks the stock, with headers of the host's own.
bool ask(const std::string& url, const std::string& order) {
  const std::unique_ptr<CURL, void (*)(CURL*)> easy(curl_easy_init(), &curl_easy_cleanup);
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> own(nullptr, &curl_slist_free_all);
  for (const std::string& line : {"X-Order: " + order, "baggage: shop=" + order}) {
    own.reset(curl_slist_append(own.release(), line.c_str()));
  }
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, own.get());
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, 60L);
  return curl::perform(easy.get(), {.url = url, .headers = own.get()}) == CURLE_OK;
}

void set_up(tests::Loopback<httplib::Server>& shop, const std::string& stock) {
  shop.new_task_queue = [] { return new ::httplib::ThreadPool(kCustomers * 2); };
  shop.Get(R"(/order/(\d+))", [stock](const ::httplib::Request& in, ::httplib::Response& out) {
    const std::string order = in.matches[1];
    set_tag("order", order);
    set_user({.id = order});
    add_breadcrumb(order);
    out.status = ask(stock, order) ? 200 : 502;
    capture_message(order);
    if (std::stoi(order) % kFailEvery == 0) throw std::runtime_error(order);
  });
  shop.start();
}

/// Both libraries make statics on first use. Here that happens before threads compete for it: the
/// code of the system's httplib tells a thread sanitizer nothing of the guards that it has.
void warm_up() {
  REQUIRE(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
  tests::Loopback<> server;
  server.start();
  CHECK(::httplib::Client(server.url()).Get("/")->status == 404);
}

/// Sends all orders, `kCustomers` at a time.
void order_all(const std::string& shop, Faults& faults) {
  std::atomic<int> next{1};
  std::latch start(kCustomers);
  std::vector<std::thread> customers;
  for (int customer = 0; customer < kCustomers; ++customer) {
    customers.emplace_back([&] {
      ::httplib::Client client(shop);
      client.set_keep_alive(true);
      start.arrive_and_wait();
      for (int order = next++; order <= kOrders; order = next++) {
        const auto result = client.Get(
            "/order/" + std::to_string(order),
            ::httplib::Headers{{"sentry-trace", trace_id(order) + '-' + span_id(order) + "-1"},
                               {"baggage", "vendor=" + std::to_string(order)},
                               {"baggage", sentry_members(order)}});
        const int expected = order % kFailEvery == 0 ? 500 : 200;
        faults.expect(result && result->status == expected, order, "not served");
      }
    });
  }
  for (std::thread& customer : customers) customer.join();
}

/// What events and transactions have alike. Returns the order that `told` says it is of.
int check_order(const Value& told, const Envelope& envelope, Faults& faults) {
  const std::string number(told.at("tags.order").text_or("0"));
  const int order = std::stoi(number);
  const auto expect = [&](std::string_view path, std::string_view value) {
    faults.expect(told.at(path).text_or("") == value, order, path);
  };
  expect("contexts.trace.trace_id", trace_id(order));
  expect("user.id", number);
  expect("transaction", R"(GET /order/(\d+))");
  expect("request.headers.baggage", "vendor=" + number + ", " + sentry_members(order, "@"));
  expect("breadcrumbs.values.0.message", number);
  faults.expect(told.at("request.url").text_or("").ends_with("/order/" + number), order, "url");
  faults.expect(told.at("breadcrumbs.values").as_list()->size() == 2, order, "breadcrumbs");
  const Value* const header = envelope.headers.find("trace");
  faults.expect(header != nullptr && header->at("release").text_or("") == "app@" + number &&
                    header->at("customer").text_or("") == number,
                order, "trace header");
  return order;
}

TEST_SUITE("scenario/two_services") {
  TEST_CASE("a thousand orders at once keep their traces apart") {  // P4.8, P4.9, P4.18
    warm_up();
    const testing::ScopedClient client({.traces_sample_rate = 0.0,  // the customers decide
                                        .max_queue_items = 10 * kOrders,
                                        .max_queue_bytes = 512U << 20U});
    Faults faults;
    Stock stock(faults);
    tests::Loopback<httplib::Server> shop;
    set_up(shop, stock.url());
    order_all(shop.url(), faults);
    shop.stop();
    stock.stop();

    const auto captured = client.captured();
    CHECK(stock.callers().size() == kOrders);
    CHECK(captured.transactions().size() == kOrders);
    CHECK(captured.messages().size() == kOrders);
    CHECK(captured.errors().size() == kOrders / kFailEvery);
    for (const auto& event : captured.events()) {
      const int order = check_order(event.json(), event.envelope(), faults);
      const std::string text = event.is_error() ? event.value() : event.message();
      faults.expect(text == std::to_string(order), order, "message " + text);
    }
    std::map<int, int> seen;
    for (const auto& transaction : captured.transactions()) {
      const int order = check_order(transaction.json(), transaction.envelope(), faults);
      faults.expect(++seen[order] == 1, order, "told twice");
      faults.expect(transaction.parent_span_id() == span_id(order), order, "parent");
      const bool has_asked = transaction.spans().size() == 1 && stock.callers().contains(order) &&
                             transaction.spans()[0].span_id() == stock.callers().at(order);
      faults.expect(has_asked, order, "the question to the stock");
    }
    CHECK(faults.list() == "");
  }
}

}  // namespace
}  // namespace picket
