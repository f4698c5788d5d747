"""A server with the stock Python library over mutual TLS, for clients under test: bytes in, bytes out.

Prints its port on one line, then serves until its standard input ends.

    /peer.Echo/Unary     the message comes back, compressed with gzip when it is longer than 1,000 bytes
    /peer.Echo/Hold      no answer for a minute, then the message
    /peer.Echo/Fail      FAILED_PRECONDITION with a message beyond ASCII and details
    /peer.Echo/Stream    as many messages as the first byte says, each 1,000 times the second byte long
    /peer.Echo/Held      how many calls of Hold have come, and how many of these were cancelled, as text: "2 1"
"""

import argparse
import sys
import threading
from concurrent import futures

import grpc

came = 0
cancelled = 0
lock = threading.Lock()


def unary(request, context):
    if len(request) > 1000:
        context.set_compression(grpc.Compression.Gzip)
    return request


def hold(request, context):
    global came, cancelled
    with lock:
        came += 1
    done = threading.Event()
    if not context.add_callback(done.set):
        # It was cancelled before this was asked for.
        done.set()
    if done.wait(60):
        with lock:
            cancelled += 1
    return request


def held(request, context):
    with lock:
        return f"{came} {cancelled}".encode()


def fail(request, context):
    context.set_trailing_metadata((("grpc-status-details-bin", bytes([1, 2, 3])),))
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "ikke n\u00e5: 100 %")


def stream(request, context):
    for _ in range(request[0]):
        yield bytes(1000 * request[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("ca", "cert", "key"):
        parser.add_argument(f"--{name}", required=True)
    arguments = parser.parse_args()

    def read(path):
        with open(path, "rb") as file:
            return file.read()

    server = grpc.server(futures.ThreadPoolExecutor(8), options=[("grpc.max_receive_message_length", -1)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("peer.Echo", {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "Hold": grpc.unary_unary_rpc_method_handler(hold),
        "Held": grpc.unary_unary_rpc_method_handler(held),
        "Fail": grpc.unary_unary_rpc_method_handler(fail),
        "Stream": grpc.unary_stream_rpc_method_handler(stream),
    }),))
    credentials = grpc.ssl_server_credentials(
        [(read(arguments.key), read(arguments.cert))], read(arguments.ca), require_client_auth=True)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    print(port, flush=True)
    sys.stdin.read()
    server.stop(grace=1).wait()


if __name__ == "__main__":
    main()
