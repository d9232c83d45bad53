// A host that serves with httplib and asks itself with libcurl, both told to picket.

#include <picket/integrations/curl.hpp>
#include <picket/integrations/httplib.hpp>
#include <picket/testing/scoped_client.hpp>

#include <cstdio>
#include <string>
#include <thread>

int main() {
  const picket::testing::ScopedClient client({.traces_sample_rate = 1.0});
  picket::httplib::Server server;
  server.Get("/", [](const httplib::Request&, httplib::Response&) {});
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread listener([&] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::yield();

  const std::string url = "http://127.0.0.1:" + std::to_string(port) + "/";
  CURL* const easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  const CURLcode result = picket::curl::perform(easy, {.url = url});
  curl_easy_cleanup(easy);
  server.stop();
  listener.join();

  const std::size_t told = client.captured().transactions_named("GET /").size();
  std::printf("curl: %d, transactions: %zu\n", static_cast<int>(result), told);
  return result == CURLE_OK && told == 1 ? 0 : 1;
}
