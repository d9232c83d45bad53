// Tells whether the release that was compiled into this program arrives on its events.

#include <picket/picket.hpp>
#include <picket/testing/memory_transport.hpp>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

int main(int count, char** arguments) {
  const std::string_view expected = count > 1 ? arguments[1] : "";
  const auto transport = std::make_shared<picket::testing::MemoryTransport>();
  picket::Options options;
  options.dsn = "https://key@127.0.0.1:9/1";
  options.transport = transport;
  const picket::Guard guard = picket::init(options);
  picket::capture_message("which release is this?");
  if (!picket::flush(std::chrono::seconds(20))) return 2;
  const auto event = transport->captured().last_event();
  if (!event) return 3;
  const std::string found(event->json().at("release").text_or(""));
  std::printf("release: '%s'\n", found.c_str());
  return found == expected ? 0 : 1;
}
