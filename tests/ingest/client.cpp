#include "ingest/client.hpp"

#include <httplib.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace picket::ingest::tests {
namespace {

httplib::Headers to_library(const Headers& headers) { return {headers.begin(), headers.end()}; }

Answer to_answer(const httplib::Result& result) {
  if (!result) return {0, {}, {}, httplib::to_string(result.error())};
  Answer answer{result->status, {}, result->body, {}};
  for (const auto& [name, value] : result->headers) answer.headers.emplace_back(name, value);
  return answer;
}

std::string zlib_stream(std::string_view bytes, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

struct Client::Impl {
  explicit Impl(const std::string& url) : http(url) {}
  httplib::Client http;
};

Client::Client(const IngestServer& server) : impl_(std::make_unique<Impl>(server.url())) {
  impl_->http.set_keep_alive(true);
  impl_->http.set_tcp_nodelay(true);
  impl_->http.set_read_timeout(30);
  if (!server.ca_file().empty()) {
    impl_->http.set_ca_cert_path(server.ca_file());
    impl_->http.enable_server_certificate_verification(true);
  }
}

Client::~Client() = default;

void Client::trust(bool on) {
  if (!on) impl_->http.set_ca_cert_path("/dev/null");
}

Answer Client::post_bare(const std::string& body, Headers headers, const std::string& path) {
  // An empty content type keeps the library from adding one.
  const std::string type(find_header(headers, "Content-Type"));
  std::erase_if(headers, [](const auto& one) { return one.first == "Content-Type"; });
  return to_answer(impl_->http.Post(path, to_library(headers), body, type));
}

Answer Client::post(const std::string& body, Headers headers, const std::string& path) {
  headers.emplace_back("X-Sentry-Auth", kAuth);
  return post_bare(body, std::move(headers), path);
}

Answer Client::post_chunked(const std::string& body) {
  const auto provide = [&](std::size_t, httplib::DataSink& sink) {
    for (std::size_t i = 0; i < body.size(); i += 100) {
      sink.write(body.data() + i, std::min<std::size_t>(100, body.size() - i));
    }
    sink.done();
    return true;
  };
  return to_answer(impl_->http.Post("/api/42/envelope/",
                                    to_library({{"X-Sentry-Auth", std::string(kAuth)}}), provide,
                                    "application/x-sentry-envelope"));
}

Answer Client::get(const std::string& path) { return to_answer(impl_->http.Get(path)); }

Conversation talk(const IngestServer& server, std::string_view bytes,
                  std::chrono::milliseconds patience) {
  Conversation heard;
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return heard;
  bool is_reset = false;  // the kernel tells it once, to whoever asks first
  while (heard.sent < bytes.size() && !is_reset) {
    const std::string_view rest = bytes.substr(heard.sent);
    const ssize_t size = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    is_reset = size <= 0;
    if (size > 0) heard.sent += static_cast<std::size_t>(size);
  }
  pollfd ready{fd, POLLIN, 0};
  while (::poll(&ready, 1, static_cast<int>(patience.count())) > 0) {
    char chunk[4096];
    const ssize_t size = ::recv(fd, chunk, sizeof chunk, 0);
    if (size <= 0) {
      heard.end = size == 0 && !is_reset ? End::closed : End::reset;
      break;
    }
    heard.bytes.append(chunk, static_cast<std::size_t>(size));
    ++heard.pieces;
  }
  ::close(fd);
  return heard;
}

std::string raw_request(std::string_view body, std::string_view extra_headers) {
  return "POST /api/42/envelope/ HTTP/1.1\r\nHost: localhost\r\nX-Sentry-Auth: " +
         std::string(kAuth) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(extra_headers) + "\r\n" + std::string(body);
}

std::string gzip(std::string_view bytes) { return zlib_stream(bytes, 31); }
std::string deflate(std::string_view bytes) { return zlib_stream(bytes, 15); }

std::string zstd(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

std::string event_envelope(int number) {
  std::string id = std::to_string(number);
  id.insert(0, 32 - id.size(), 'a');
  return "{\"event_id\":\"" + id + "\",\"sent_at\":\"2026-03-01T12:00:00.500Z\"}\n" +
         "{\"type\":\"event\"}\n{\"event_id\":\"" + id +
         "\",\"timestamp\":1772366400.25,\"platform\":\"native\",\"level\":\"error\"," +
         "\"logentry\":{\"formatted\":\"disk full\"}}\n";
}

std::vector<Sample> reference_envelopes() {
  std::vector<Sample> found;
  const std::filesystem::path folder = PICKET_TESTS_DIR "/golden/reference";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".envelope") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    found.push_back({entry.path().stem().string(), {std::istreambuf_iterator<char>(file), {}}});
  }
  std::sort(found.begin(), found.end(),
            [](const Sample& a, const Sample& b) { return a.name < b.name; });
  return found;
}

}  // namespace picket::ingest::tests
