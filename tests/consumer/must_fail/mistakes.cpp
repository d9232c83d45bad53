// Mistakes that the types are there to stop, each beside its right form; see check.py.

#include "picket/dsn.hpp"
#include "picket/picket.hpp"

#include <string>
#include <string_view>
#include <utility>

// A guard that nobody holds would close picket in the same line.
void start() {
  const auto guard = picket::init({.release = "shop@1.4.0"});
#ifdef MISTAKES
  picket::init({.release = "shop@1.4.0"});  // error: ignoring .*nodiscard
#endif
}

// A scope that nobody holds is gone before its tag is set.
void serve() {
  const auto scope = picket::push_scope();
#ifdef MISTAKES
  picket::push_scope();  // error: ignoring .*nodiscard
#endif
  picket::set_tag("route", "/pay");
}

// Two owners would close picket twice, the first of them too early.
picket::Guard hand_over(picket::Guard guard) {
#ifdef MISTAKES
  picket::Guard copy = guard;  // error: deleted
#endif
  picket::Guard moved = std::move(guard);
  return moved;
}

// A DSN that may be malformed is none until somebody looked.
std::string host_of(std::string_view text) {
#ifdef MISTAKES
  const picket::Dsn unchecked = picket::Dsn::parse(text);  // error: conversion from
#endif
  const auto dsn = picket::Dsn::parse(text);
  return dsn ? dsn->host() : dsn.error().message;
}

// A fact without a name is a mistake, not an empty key.
void remember() {
  picket::set_context("cart", {{"items", 3}});
#ifdef MISTAKES
  picket::set_context("cart", {3});  // error: (no matching|could not convert|cannot convert)
#endif
}
