"""A server that breaks the rules, for clients under test: TLS and HTTP/2 with the PyPI package h2, and raw frames where h2
would refuse to send them. Every way to misbehave has a port of its own.

Prints {"name": port, …} on one line, then serves until its standard input ends. Every answer that is in order is an allow.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import ssl
import struct
import sys
import threading
import time

import grpc
import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings
from concurrent import futures

import common

HEAD = [(":status", "200"), ("content-type", "application/grpc")]
OK = [("grpc-status", "0")]
PATIENCE = 20


def allow(**more):
    """The bytes of an allow, or of something like it."""
    from portvakt.v1 import access_pb2, vocabulary_pb2 as voc

    now = int(time.time() * 1000)
    answer = {
        "effect": voc.EFFECT_ALLOW, "external": voc.EXTERNAL_ANSWER_ALLOW, "reasons": [voc.REASON_ALLOW_HOLDER],
        "holds_until_ms": now + 60_000, "decided_at_ms": now, "revision": 1, "policy_hash": bytes(32),
        "entry": {"stream": "decisions/node-1", "index": 0, "block": 1}}
    answer.update(more)
    return access_pb2.CheckResponse(answer={key: value for key, value in answer.items() if value is not None}).SerializeToString()


def framed(message, flag=0, length=None):
    return struct.pack(">BI", flag, len(message) if length is None else length) + message


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


class Peer:
    """One connection: what a way to misbehave does its work with."""

    def __init__(self, tls, settings):
        self.tls = tls
        config = h2.config.H2Configuration(
            client_side=False, header_encoding="utf-8", validate_outbound_headers=False, normalize_outbound_headers=False)
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        if settings:
            self.h2.update_settings(settings)
        self.flush()

    def flush(self):
        self.tls.sendall(self.h2.data_to_send())

    def raw(self, *frames):
        """Frames past h2, after what it has queued."""
        self.flush()
        self.tls.sendall(b"".join(frames))

    def head(self, stream, fields=HEAD, end=False):
        self.h2.send_headers(stream, fields, end_stream=end)
        self.flush()

    def data(self, stream, body, end=False):
        """As the client's windows allow."""
        while True:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(body))
            if room or not body:
                self.h2.send_data(stream, body[:room], end_stream=end and room == len(body))
                self.flush()
                body = body[room:]
                if not body:
                    return
            else:
                self.receive()

    def reset(self, stream, code):
        self.h2.reset_stream(stream, code)
        self.flush()

    def answer(self, stream, body=None, trailers=OK, head=HEAD):
        self.head(stream, head)
        self.data(stream, framed(allow()) if body is None else body, end=trailers is None)
        if trailers is not None:
            self.head(stream, trailers, end=True)

    def receive(self):
        received = self.tls.recv(65536)
        if not received:
            raise ConnectionError
        events = self.h2.receive_data(received)
        self.flush()
        return events

    def close(self):
        # Without unread bytes, so that what was said last arrives.
        self.flush()
        self.tls.settimeout(0.2)
        try:
            self.tls.unwrap()
        except (OSError, ValueError):
            pass
        self.tls.close()
        raise ConnectionError


INTERNAL, CANCEL = h2.errors.ErrorCodes.INTERNAL_ERROR, h2.errors.ErrorCodes.CANCEL
REFUSED, NONE = h2.errors.ErrorCodes.REFUSED_STREAM, h2.errors.ErrorCodes.NO_ERROR


def then(*steps):
    def run(peer, stream):
        for step in steps:
            step(peer, stream)
    return run


def answered(**how):
    return lambda peer, stream: peer.answer(stream, **how)


def head(fields=HEAD, end=False):
    return lambda peer, stream: peer.head(stream, fields, end)


def data(body=None, end=False):
    return lambda peer, stream: peer.data(stream, framed(allow()) if body is None else body, end)


def reset(code):
    return lambda peer, stream: peer.reset(stream, code)


def raw(make):
    return lambda peer, stream: peer.raw(make(stream))


def close(peer, stream):
    peer.close()


def silent(peer, stream):
    pass


def half(peer, stream):
    """Half a message."""
    whole = framed(allow())
    peer.data(stream, whole[:len(whole) // 2])


def drip(peer, stream):
    peer.head(stream)
    for byte in framed(allow()):
        peer.data(stream, bytes([byte]))
    peer.head(stream, OK, end=True)


def later(peer, stream):
    time.sleep(0.1)
    peer.answer(stream)


def pings(peer, stream):
    """Some PINGs, a frame of an unknown type, then the answer."""
    for number in range(5):
        peer.h2.ping(struct.pack(">Q", number))
    peer.raw(frame(0xEE, 0xFF, 0, b"unknown"), frame(0xEE, 0, stream, b"unknown"))
    peer.answer(stream)


def flood(kind, payload, flags=0):
    def run(peer, stream):
        one = frame(kind, flags, 0, payload)
        for _ in range(2000):
            peer.tls.sendall(one * 100)
    return run


def goaway(last, code=0):
    return lambda peer, stream: peer.raw(frame(7, 0, 0, struct.pack(">II", last(stream), code)))


SETTINGS = h2.settings.SettingCodes
# By name: what is done with a request, and the SETTINGS of the connection.
WAYS = {
    "in-order": answered(),
    "pings-and-unknown-frames": pings,
    "one-byte-at-a-time": drip,
    "reset-after-the-end": then(answered(), raw(lambda stream: frame(3, 0, stream, struct.pack(">I", 0)))),
    "goaway-then-answer": then(goaway(lambda stream: stream), answered()),
    "one-stream-at-a-time": (later, {SETTINGS.MAX_CONCURRENT_STREAMS: 1}),
    "no-streams": (silent, {SETTINGS.MAX_CONCURRENT_STREAMS: 0}),
    "no-window": (silent, {SETTINGS.INITIAL_WINDOW_SIZE: 0}),
    "silent": silent,
    "head-and-silence": head(),
    "goaway-before": then(goaway(lambda stream: 0), close),
    "goaway-after-the-head": then(head(), goaway(lambda stream: stream), close),
    "goaway-with-an-error": then(head(), half, goaway(lambda stream: stream, 2), close),
    "goaway-after-the-data": then(head(), data(), goaway(lambda stream: stream), close),
    "reset-at-once": reset(INTERNAL),
    "reset-refused": reset(REFUSED),
    "reset-after-the-head": then(head(), reset(INTERNAL)),
    "reset-in-the-data": then(head(), half, reset(CANCEL)),
    "reset-after-the-data": then(head(), data(), reset(NONE)),
    "closed-after-the-head": then(head(), close),
    "closed-in-the-data": then(head(), half, close),
    "closed-after-the-data": then(head(), data(), close),
    "no-trailers": answered(trailers=None),
    "trailers-without-status": answered(trailers=[("x", "y")]),
    "status-is-no-number": answered(trailers=[("grpc-status", "zero")]),
    "status-unknown": answered(trailers=[("grpc-status", "99")]),
    "status-negative": answered(trailers=[("grpc-status", "-0")]),
    "two-statuses": answered(trailers=[("grpc-status", "0"), ("grpc-status", "13")]),
    "status-fails-after-the-message": answered(trailers=[("grpc-status", "13")]),
    "status-in-the-head-alone": head(HEAD + OK, end=True),
    "details-are-garbage": head(HEAD + [("grpc-status", "9"), ("grpc-status-details-bin", "!!!")], end=True),
    "http-500": then(head([(":status", "500")]), data(b"<html>", end=True)),
    "http-204": head([(":status", "204")], end=True),
    "http-307": head([(":status", "307"), ("location", "https://localhost/")], end=True),
    "html": then(head([(":status", "200"), ("content-type", "text/html")]), data(b"<html>", end=True)),
    "no-status-code": head([("content-type", "application/grpc")], end=True),
    "garbage-message": answered(body=framed(bytes(range(200, 256)))),
    "garbage-instead-of-a-frame": answered(body=bytes(range(7, 100))),
    "half-a-message": answered(body=framed(b"\x0a", length=100)),
    "empty-body": answered(body=b""),
    "empty-message": answered(body=framed(b"")),
    "two-messages": lambda peer, stream: peer.answer(stream, framed(allow()) * 2),
    "compressed-unannounced": lambda peer, stream: peer.answer(stream, framed(allow(), flag=1)),
    "compressed-garbage": lambda peer, stream: peer.answer(
        stream, framed(allow(), flag=1), head=HEAD + [("grpc-encoding", "gzip")]),
    "length-of-gigabytes": then(head(), data(framed(b"x" * 1000, length=0xFFFFFFFF))),
    "huge-message": lambda peer, stream: peer.answer(stream, framed(bytes(40 * 1024 * 1024))),
    "huge-head": head(HEAD + [(f"x-{number}", "y" * 1000) for number in range(200)]),
    "deny-said-as-allow": lambda peer, stream: peer.answer(stream, framed(allow(external=2))),
    "allow-without-entry": lambda peer, stream: peer.answer(stream, framed(allow(entry=None))),
    "allow-run-out": lambda peer, stream: peer.answer(stream, framed(allow(holds_until_ms=1))),
    "allow-with-a-reason-against": lambda peer, stream: peer.answer(stream, framed(allow(reasons=[64]))),
    "unknown-effect": lambda peer, stream: peer.answer(stream, framed(allow(effect=99))),
    "unknown-obligation": lambda peer, stream: peer.answer(stream, framed(allow(obligations=[99]))),
    "broken-hpack": raw(lambda stream: frame(1, 5, stream, b"\xff\xff\xff\xff\xff\xff")),
    "data-before-the-head": raw(lambda stream: frame(0, 1, stream, framed(b"x"))),
    "data-on-another-stream": raw(lambda stream: frame(0, 1, 99, framed(b"x"))),
    "push": raw(lambda stream: frame(5, 4, stream, struct.pack(">I", 2))),
    "window-overflow": raw(lambda stream: frame(8, 0, stream, struct.pack(">I", 0x7FFFFFFF)) * 2),
    "frame-too-large": raw(lambda stream: struct.pack(">I", 0xFFFFFF)[1:] + struct.pack(">BBI", 0, 0, stream)),
    "frame-cut-short": then(raw(lambda stream: frame(1, 4, stream, b"\x88")[:7]), close),
    "settings-out-of-range": raw(lambda stream: frame(4, 0, 0, struct.pack(">HI", 4, 0xFFFFFFFF))),
    "ping-flood": flood(6, bytes(8)),
    "settings-flood": flood(4, b""),
    "empty-frame-flood": flood(0xEE, b""),
}


def speak(tls, way, settings):
    peer = Peer(tls, settings)
    while True:
        for event in peer.receive():
            if isinstance(event, h2.events.StreamEnded):
                way(peer, event.stream_id)


# Below HTTP/2: what is done with a connection after the handshake.
def not_http2(tls):
    tls.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
    time.sleep(0.2)


def noise(tls):
    tls.sendall(os.urandom(4096))
    time.sleep(0.2)


BELOW = {"not-http2": not_http2, "noise": noise, "closed-at-once": lambda tls: None, "mute": lambda tls: time.sleep(5)}


def serve(context, handle):
    """A port where each connection is handled on a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))

    def one(accepted):
        try:
            accepted.settimeout(PATIENCE)
            with context.wrap_socket(accepted, server_side=True) as tls:
                handle(tls)
        except Exception:  # The client leaves, or says what h2 does not take: both are as it should be.
            accepted.close()

    def accept():
        while True:
            accepted, _ = listener.accept()
            threading.Thread(target=one, args=(accepted,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def grpcio(arguments, name, handler, options=()):
    """A port of the stock library's server, whose answers are wrong in a way that it allows."""
    def read(path):
        with open(path, "rb") as file:
            return file.read()

    server = grpc.server(futures.ThreadPoolExecutor(8), options=list(options))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(
        "portvakt.v1.Access", {"Check": grpc.unary_unary_rpc_method_handler(handler)}),))
    credentials = grpc.ssl_server_credentials(
        [(read(arguments.key), read(arguments.cert))], read(arguments.ca), require_client_auth=True)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    KEPT.append(server)
    return f"grpcio-{name}", port


KEPT = []


def stock(arguments):
    def aborts(code):
        return lambda request, context: context.abort(code, "nothing personal")

    def slow(request, context):
        time.sleep(0.2)
        return allow()

    for code in grpc.StatusCode:
        if code is not grpc.StatusCode.OK:
            yield grpcio(arguments, f"status-{code.value[0]}", aborts(code))
    yield grpcio(arguments, "in-order", lambda request, context: allow())
    yield grpcio(arguments, "one-stream-at-a-time", slow, [("grpc.max_concurrent_streams", 1)])
    yield grpcio(arguments, "goaway-of-age", slow, [("grpc.max_connection_age_ms", 50), ("grpc.max_connection_age_grace_ms", 5000)])
    yield grpcio(arguments, "cut-of-age", slow, [("grpc.max_connection_age_ms", 50), ("grpc.max_connection_age_grace_ms", 1)])
    yield grpcio(arguments, "huge-message", lambda request, context: bytes(40 * 1024 * 1024), [("grpc.max_send_message_length", -1)])
    yield grpcio(arguments, "garbage-message", lambda request, context: b"\xff\xff\xff\xff")
    yield grpcio(arguments, "throws", lambda request, context: 1 // 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("ca", "cert", "key"):
        parser.add_argument(f"--{name}", required=True)
    arguments = parser.parse_args()
    folder = common.stubs()

    def end(*_):
        # At once, since threads still serve: nothing that is done at an exit is done.
        shutil.rmtree(folder, True)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=arguments.ca)
    context.load_cert_chain(arguments.cert, arguments.key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    ports = dict(stock(arguments))
    for name, way in WAYS.items():
        way, settings = way if isinstance(way, tuple) else (way, None)
        ports[name] = serve(context, lambda tls, way=way, settings=settings: speak(tls, way, settings))
    for name, handle in BELOW.items():
        ports[name] = serve(context, handle)
    print(json.dumps(ports), flush=True)
    sys.stdin.read()
    end()


if __name__ == "__main__":
    main()
