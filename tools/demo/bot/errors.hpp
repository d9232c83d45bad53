#pragma once

// What can go wrong in the bot, apart from the database (see `db/errors.hpp`). A `UserError` is the
// user's own mistake: it is answered and never reported. Everything below `Error` is the bot's.

#include "picket/errors.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace bot {

/// The text is meant for the user.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The base of everything that is not the user's fault.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Timeout : public Error {
 public:
  using Error::Error;
};

/// Something that came in is not what it should be.
class ValidationError : public Error {
 public:
  using Error::Error;
};

class DatabaseError : public Error {
 public:
  using Error::Error;
};

class ApiError : public Error {
 public:
  using Error::Error;
};

namespace commands {

/// A command was called with arguments that it does not understand.
class BadArgument : public Error {
 public:
  using Error::Error;
};

}  // namespace commands

class CacheError : public Error {
 public:
  using Error::Error;
};

/// The chat platform refused what the user asked for: it is not there, or not theirs to have.
class ChatRefusal : public UserError {
 public:
  using UserError::UserError;
};

/// The chat platform did not do its part.
class ChatFailure : public Error {
 public:
  using Error::Error;
};

/// A loadable module could not do what it was asked for.
class ModuleError : public Error {
 public:
  ModuleError(std::string module, const std::string& text)
      : Error(text), module_(std::move(module)) {}
  [[nodiscard]] const std::string& module() const noexcept { return module_; }

 private:
  std::string module_;
};

/// A broken rule of the bot's own domain; knows how bad it is and whether the user may read it.
using DomainError = picket::DomainError;

/// An administrator has not set something that a command needs.
class MissingSetting : public DomainError {
 public:
  using DomainError::DomainError;
  [[nodiscard]] std::string_view code() const noexcept override { return "CONFIG_MISSING"; }
  [[nodiscard]] std::string_view severity() const noexcept override { return "high"; }
  [[nodiscard]] bool user_facing() const noexcept override { return true; }
};

}  // namespace bot
