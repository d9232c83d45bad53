#pragma once

// The HTTP server of the chat platform: listens on a loopback port from its beginning to its end.

#include "chat/api.hpp"
#include "picket/integrations/httplib.hpp"

#include <string>
#include <thread>

namespace chat {

class Server {
 public:
  /// On a port that is free.
  /// Errors: throws `std::runtime_error` when there is none.
  Server();
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// `http://127.0.0.1:<port>`.
  [[nodiscard]] const std::string& url() const noexcept { return url_; }

 private:
  Api api_;
  picket::httplib::Server server_;
  std::string url_;
  std::jthread listener_;
};

}  // namespace chat
