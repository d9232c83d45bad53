#pragma once

// What the chat platform offers over HTTP, JSON both ways:
//   POST /users/<id>/messages      {kind, reason} → 200 {id}, 404, 403
//   POST /channels/<id>/notices    {text} → 200 {id}
//   GET  /search?text=<text>       → 200 {messages}, 404, 403, 500
// Answers other than 200 say why in `message`.

#include "chat/messages.hpp"
#include "picket/integrations/httplib.hpp"

namespace chat {

/// Threads: the handlers run on any.
class Api {
 public:
  /// Adds the handlers. Lifetime: `server` ends before this object.
  void serve(picket::httplib::Server& server);

 private:
  Outbox outbox_;
};

}  // namespace chat
