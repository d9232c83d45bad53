#include "chat/server.hpp"

#include <stdexcept>

namespace chat {

Server::Server() {
  api_.serve(server_);
  server_.set_tcp_nodelay(true);
  const int port = server_.bind_to_any_port("127.0.0.1");
  if (port <= 0) throw std::runtime_error("there is no free port");
  url_ = "http://127.0.0.1:" + std::to_string(port);
  listener_ = std::jthread([this] { server_.listen_after_bind(); });
  // The library can only be stopped once it is running.
  while (!server_.is_running()) std::this_thread::yield();
}

Server::~Server() { server_.stop(); }

}  // namespace chat
