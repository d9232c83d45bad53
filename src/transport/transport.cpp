#include "picket/transport.hpp"

#include "picket/http_client.hpp"

namespace picket {

Transport::~Transport() = default;
HttpClient::~HttpClient() = default;

}  // namespace picket
