#pragma once

// Keeps an event within the limits of the protocol, before it is written: texts are cut on
// character boundaries and ended with `...`, tags cleaned, frames limited, invalid releases and
// environments left out. Nothing is changed that is within its limit.

#include "picket/event.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picket::protocol {

inline constexpr std::size_t kMaxEventBytes = 1U << 20U;    // P1.11
inline constexpr std::size_t kMaxFrames = 250;              // P3.11
inline constexpr std::size_t kMaxMessageCharacters = 8192;  // P3.5
inline constexpr std::size_t kMaxContextBytes = 8192;       // S5.6
inline constexpr std::size_t kMaxTagCharacters = 200;       // P3.3

/// Spec: P3.
void trim(Event& event);

/// The same for parts that are written beforehand.
void trim(Contexts& contexts);
void trim(std::optional<Stacktrace>& stacktrace);

/// Leaves out the middle: a fifth of `max_frames` are the oldest calls, the rest the newest.
/// Spec: P3.11.
void keep_ends(std::vector<Frame>& frames, std::size_t max_frames);

/// What a tag key or value becomes on the wire; empty: the tag is dropped. Spec: P3.3, S5.7.
std::string clean_tag_key(std::string_view key);
std::string clean_tag_value(std::string_view value);

/// Spec: P3.2.
bool is_valid_release(std::string_view release) noexcept;
bool is_valid_environment(std::string_view environment) noexcept;

/// Takes the next thing out of an event that was too large: breadcrumb data, then extra, then the
/// oldest breadcrumbs, then the data of spans and the newest of them, then modules, the middle
/// frames of deep stacks, the request's body, then whole parts, so that type, value and stack go
/// out in any case. False when nothing is left to take. Spec: P7.11.
bool shrink(Event& event);

}  // namespace picket::protocol
