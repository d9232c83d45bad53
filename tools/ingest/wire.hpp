#pragma once

// The socket below one connection, and what can be done to an answer there: tricks that an HTTP
// library rightly has no words for. `http_host.cpp` opens a connection for each of its threads and
// spoils its answers; over TLS the bytes go through the session, so that the client sees the same.

#include "ingest/http_host.hpp"

#include <cstdint>
#include <functional>

struct ssl_st;
struct ssl_ctx_st;

namespace picket::ingest {

/// Who is served by the calling thread; a thread serves one connection.
struct Connection {
  std::uint64_t number = 0;  // of the server, from 1
  int fd = -1;               // -1: its client has gone already
  int remote_port = 0;
  Opening opening = Opening::serve;
  ssl_st* tls = nullptr;  // set with the client's first words
};
Connection& this_connection() noexcept;

/// The server's ends of all connections to `local_port`. The HTTP library does not show its
/// sockets, so they are looked for among the open files.
void for_each_socket(int local_port, const std::function<void(int fd, int remote_port)>& use);

/// Closes a connection that is not served.
void drop(const Connection& connection) noexcept;

/// Lets `this_connection` know its session, and cuts it during the handshake where it shall be.
void watch_handshakes(ssl_ctx_st* context);

/// Sends what `reply.wire` asks for instead of an answer, and ends the connection. Does not wait
/// beyond `reply.limit`, nor for a client that has gone.
void spoil(const HttpReply& reply, const Connection& connection);

}  // namespace picket::ingest
