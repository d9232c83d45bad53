#pragma once

// cpp-httplib, told to picket. A server: replace `httplib::Server` by `picket::httplib::Server`, or
// `httplib::SSLServer` by `picket::httplib::Instrumented<httplib::SSLServer>`; all else stays as it
// was. A client: send requests through `picket::httplib::send`, `get` or `post`.
//
//   picket::httplib::Server server;
//   server.Get(R"(/cart/(\d+))", show_cart);  // the transaction is named `GET /cart/(\d+)`
//   server.set_exception_handler(answer_errors);
//   server.listen("0.0.0.0", 8080);
//
// Everything is in headers, so it fits the httplib that the host compiles, whatever its
// version (from 0.11 on) and macros. Link `picket::httplib` and the host's own httplib.
//
// Known limit: most versions of httplib undo `%HH` in the headers that a server is given. A value
// of incoming `baggage` that holds an encoded comma, semicolon or percent sign arrives cut or
// altered; nothing else of the trace does.

#include "picket/integrations/httplib_client.hpp"
#include "picket/integrations/httplib_server.hpp"
