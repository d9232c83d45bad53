#include "picket/transport.hpp"

namespace picket {

Transport::~Transport() = default;

}  // namespace picket
