// A library for the tests to load: one function in a namespace, and its address.

namespace plugin {

[[gnu::noinline, gnu::visibility("hidden")]] int price(int amount) { return amount * 3 + 1; }

}  // namespace plugin

extern "C" const void* plugin_price_address() {
  return reinterpret_cast<const void*>(&plugin::price);
}
