#pragma once

// Names of picket's types, for headers that only pass them around.

namespace picket {

class Client;
class Clock;
class Context;
class Dsn;
class EventId;
class Guard;
class HttpClient;
class Object;
class Scope;
class Transport;
class Value;
struct Attachment;
struct Breadcrumb;
struct Delivery;
struct DrainReport;
struct Envelope;
struct Event;
struct Hint;
struct Options;
struct Stats;
struct User;

}  // namespace picket
