#include "macro/service.hpp"

#include "picket/picket.hpp"

#include <simdjson.h>
#include <sqlite3.h>

#include <stdexcept>
#include <string_view>

namespace picket::bench {
namespace {

constexpr int kCustomers = 1000;
constexpr const char* kCustomerQuery = "SELECT name, region FROM customers WHERE id = ?";
constexpr const char* kOrdersQuery =
    "SELECT id, item, amount FROM orders WHERE customer = ? ORDER BY amount DESC LIMIT 50";

constexpr const char* kTotalsQuery =
    "SELECT count(*), total(amount) FROM orders WHERE customer BETWEEN ?1 AND ?1 + 30";

void check(int code, sqlite3* database) {
  if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(database));
}

struct Close {
  void operator()(sqlite3* database) const noexcept { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

Database open_database() {
  sqlite3* database = nullptr;
  if (sqlite3_open(":memory:", &database) != SQLITE_OK) throw std::runtime_error("no database");
  Database opened(database);
  const std::string tables =
      "CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT, region TEXT);"
      "CREATE TABLE orders(id INTEGER PRIMARY KEY, customer INTEGER, item TEXT, amount INTEGER);"
      "CREATE INDEX by_customer ON orders(customer);"
      "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)"
      " INSERT INTO customers SELECT i, 'customer ' || i, 'region ' || (i % 7) FROM n;"
      "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 49999)"
      " INSERT INTO orders SELECT i, i % 1000, 'article number ' || i, (i * 7919) % 1000 FROM n;";
  check(sqlite3_exec(database, tables.c_str(), nullptr, nullptr, nullptr), database);
  return opened;
}

Statement prepare(sqlite3* database, const char* text) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(database, text, -1, &statement, nullptr), database);
  return Statement(statement);
}

std::string request_body(std::int64_t number) {
  std::string body = R"({"customer": )" + std::to_string(number % kCustomers) +
                     R"(, "currency": "EUR", "fields": ["id", "item", "amount"], "filters": [)";
  for (int i = 0; i < 12; ++i) {
    body += R"({"field": "amount", "from": )" + std::to_string(i) + R"(, "to": 1000}, )";
  }
  return body + R"({"field": "item", "like": "article"}]})";
}

std::string_view text_of(sqlite3_stmt* statement, int column) {
  return reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
}

}  // namespace

struct Service::Parts {
  Database database = open_database();
  Statement customer = prepare(database.get(), kCustomerQuery);
  Statement orders = prepare(database.get(), kOrdersQuery);
  Statement totals = prepare(database.get(), kTotalsQuery);
  simdjson::dom::parser parser{};
  std::string answer{};

  std::int64_t parse(const std::string& body) {
    const simdjson::dom::element request = parser.parse(body);
    std::int64_t filters = 0;
    for (const simdjson::dom::element filter : request["filters"].get_array()) {
      filters += static_cast<std::int64_t>(filter["field"].get_string().value().size());
    }
    const std::int64_t customer_id = request["customer"].get_int64();
    add_breadcrumb("request parsed",
                   {.category = "http", .data = {{"customer", customer_id}, {"filters", filters}}});
    return customer_id;
  }

  /// Runs the query for one customer; `row` sees each row.
  template <class Row>
  void query(sqlite3_stmt* statement, const char* text, std::int64_t id, Row row) {
    auto span = start_span({.op = "db.query", .description = text});
    sqlite3_reset(statement);
    sqlite3_bind_int64(statement, 1, id);
    std::int64_t rows = 0;
    for (; sqlite3_step(statement) == SQLITE_ROW; ++rows) row(statement);
    span.set_data("rows", rows);
    add_breadcrumb("query", {.category = "db", .data = {{"rows", rows}, {"table", "orders"}}});
  }
};

Service::Service() : parts_(std::make_unique<Parts>()) {}
Service::~Service() = default;

const std::string& Service::handle(std::int64_t number) {
  const std::string body = request_body(number);
  const ScopeGuard request = isolate();
  set_tag("route", "/orders/search");
  const auto transaction = start_transaction({.op = "http.server", .name = "POST /orders/search"});
  const std::int64_t customer = parts_->parse(body);
  std::string& answer = parts_->answer;
  answer = "{";
  parts_->query(parts_->customer.get(), kCustomerQuery, customer, [&](sqlite3_stmt* row) {
    answer.append("\"name\": \"").append(text_of(row, 0)).append("\", \"orders\": [");
  });
  parts_->query(parts_->orders.get(), kOrdersQuery, customer, [&](sqlite3_stmt* row) {
    answer.append("{\"id\": ").append(text_of(row, 0)).append(", \"item\": \"");
    answer.append(text_of(row, 1)).append("\", \"amount\": ").append(text_of(row, 2)).append("},");
  });
  parts_->query(parts_->totals.get(), kTotalsQuery, customer, [&](sqlite3_stmt* row) {
    answer.append("], \"count\": ").append(text_of(row, 0));
    answer.append(", \"total\": ").append(text_of(row, 1));
  });
  answer += "}";
  return answer;
}

}  // namespace picket::bench
