#pragma once

// A careless error: everything about it carries secrets, in all the places where people put them.
// Nothing of them may leave the process.

#include <array>
#include <string_view>

namespace bot {

/// What must be found nowhere outside, whole or in part.
inline constexpr std::array<std::string_view, 16> kSecrets{
    "sw0rdfish-one",  "listed-pw-two",  "eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0In0",
    "jwt-signature",  "YWRhOmh1bnRlcg", "redis-pw-four",        "rabbit-pw-five",
    "asyncpg-pw-six", "at-sign-head",   "at-sign-tail",         "access-tok-seven",
    "client-sec-ten", "api-key-eleven", "cookie-twelve",        "nested-pw-thirteen"};

/// Captures that error, in a transaction and an isolation scope of its own.
void leak();

}  // namespace bot
