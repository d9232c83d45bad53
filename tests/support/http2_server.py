#!/usr/bin/env python3
"""An HTTP/2 server over TLS, its frames made by hand, that treats requests badly on purpose.

    http2_server.py CERTIFICATE KEY PORT ACTION…

Each request takes the next action; those after the last are answered with 200.

    ok            200
    refuse        RST_STREAM(REFUSED_STREAM) when the whole body has come
    refuse-early  the same as soon as the head has come
    goaway        GOAWAY that names no request as processed, then the end of the connection
    http11        RST_STREAM(HTTP_1_1_REQUIRED) when the whole body has come

Prints one line for each head and each whole body that came: `head CONNECTION STREAM` and
`body CONNECTION STREAM BYTES`.
"""

import socket
import ssl
import struct
import sys
import threading

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
REFUSED_STREAM, HTTP_1_1_REQUIRED = 7, 13
STATUS_200 = b"\x88"  # an entry of the static table

lock = threading.Lock()
actions = []


def say(line):
    with lock:
        print(line, flush=True)


def next_action():
    with lock:
        return actions.pop(0) if actions else "ok"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        chunk = connection.recv(size - len(data))
        if not chunk:
            raise ConnectionError
        data += chunk
    return data


def reset(stream, code):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


class Connection:
    def __init__(self, number, socket_):
        self.number = number
        self.socket = socket_
        self.requests = {}  # stream: [action, bytes of the body]

    def serve(self):
        read_exactly(self.socket, len(PREFACE))
        self.socket.sendall(frame(SETTINGS, 0, 0))
        while True:
            head = read_exactly(self.socket, 9)
            size = int.from_bytes(head[:3], "big")
            stream = int.from_bytes(head[5:], "big") & 0x7FFFFFFF
            if not self.take(head[3], head[4], stream, read_exactly(self.socket, size)):
                return

    def take(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            self.socket.sendall(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            self.socket.sendall(frame(PING, ACK, 0, payload))
        elif kind == HEADERS:
            self.requests[stream] = [next_action(), 0]
            say(f"head {self.number} {stream}")
            if self.requests[stream][0] == "refuse-early":
                self.socket.sendall(reset(stream, REFUSED_STREAM))
        elif kind == DATA and stream in self.requests:
            self.requests[stream][1] += len(payload)
            if payload:
                credit = struct.pack(">I", len(payload))
                self.socket.sendall(
                    frame(WINDOW_UPDATE, 0, 0, credit) + frame(WINDOW_UPDATE, 0, stream, credit)
                )
            if flags & END_STREAM:
                return self.answer(stream, *self.requests[stream])
        return True

    def answer(self, stream, action, size):
        say(f"body {self.number} {stream} {size}")
        if action == "refuse":
            self.socket.sendall(reset(stream, REFUSED_STREAM))
        elif action == "http11":
            self.socket.sendall(reset(stream, HTTP_1_1_REQUIRED))
        elif action == "goaway":
            self.socket.sendall(frame(GOAWAY, 0, 0, struct.pack(">II", 0, 0)))
            return False
        elif action == "ok":
            self.socket.sendall(
                frame(HEADERS, END_HEADERS, stream, STATUS_200) + frame(DATA, END_STREAM, stream, b"{}")
            )
        return True


def serve(context, number, raw):
    try:
        with context.wrap_socket(raw, server_side=True) as connection:
            Connection(number, connection).serve()
    except OSError:
        pass  # the client has left


def main():
    certificate, key, port = sys.argv[1:4]
    actions.extend(sys.argv[4:])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["h2"])
    listener = socket.create_server(("127.0.0.1", int(port)))
    number = 0
    while True:
        raw, _ = listener.accept()
        threading.Thread(target=serve, args=(context, number, raw), daemon=True).start()
        number += 1


if __name__ == "__main__":
    main()
