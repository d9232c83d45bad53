#include "protocol/characters.hpp"

namespace picket::protocol {
namespace {

std::size_t announced_bytes(unsigned char lead) noexcept {
  if (lead < 0xC0U) return 1;  // ASCII, or a continuation byte out of place
  if (lead < 0xE0U) return 2;
  return lead < 0xF0U ? 3 : 4;
}

}  // namespace

std::size_t character_bytes(std::string_view text) noexcept {
  const std::size_t announced = announced_bytes(static_cast<unsigned char>(text.front()));
  if (announced > text.size()) return 1;
  for (std::size_t i = 1; i < announced; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) return 1;
  }
  return announced;
}

void cut_characters(std::string& text, std::size_t max_characters) {
  if (text.size() <= max_characters) return;
  constexpr std::string_view kDots = "...";
  std::size_t at = 0;
  std::size_t cut_at = 0;  // where the dots go if the text turns out too long
  for (std::size_t characters = 0; characters < max_characters; ++characters) {
    if (characters == max_characters - kDots.size()) cut_at = at;
    if (at == text.size()) return;
    at += character_bytes(std::string_view(text).substr(at));
  }
  if (at == text.size()) return;
  text.resize(cut_at);
  text.append(kDots);
  text.shrink_to_fit();  // a message of 10 MB must not hold its memory until it is sent
}

}  // namespace picket::protocol
