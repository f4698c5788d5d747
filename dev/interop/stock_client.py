"""Asks a server what any gRPC client would, with the stock Python library, over mutual TLS. Exit status 0: all is well.

Always: health, reflection, an unknown method, a client without a certificate. With --echo and so on: calls of the test
server's methods (bytes in, bytes out).
"""

import argparse
import concurrent.futures
import sys
import time

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
TIMEOUT = 20

failures = []


def check(name, condition, found=""):
    print(("ok      " if condition else "FAILED  ") + name + ("" if condition else f": {found}"))
    if not condition:
        failures.append(name)


def code_of(call):
    """The status code that a call ends with."""
    try:
        call()
        return grpc.StatusCode.OK
    except grpc.RpcError as error:
        return error.code()


def health(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    answer = stub.Check(health_pb2.HealthCheckRequest(service=""), timeout=TIMEOUT)
    check("health: the server is SERVING", answer.status == health_pb2.HealthCheckResponse.SERVING, answer)
    code = code_of(lambda: stub.Check(health_pb2.HealthCheckRequest(service="no.Such"), timeout=TIMEOUT))
    check("health: an unknown service is NOT_FOUND", code == grpc.StatusCode.NOT_FOUND, code)
    for name, wanted in (("", "SERVING"), ("no.Such", "SERVICE_UNKNOWN")):
        watch = stub.Watch(health_pb2.HealthCheckRequest(service=name), timeout=TIMEOUT)
        found = health_pb2.HealthCheckResponse.ServingStatus.Name(next(watch).status)
        check(f"health: Watch of '{name}' begins with {wanted}", found == wanted, found)
        watch.cancel()


def reflection(channel):
    database = ProtoReflectionDescriptorDatabase(channel)
    services = sorted(database.get_services())
    wanted = {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"}
    check("reflection: health and reflection are listed", wanted <= set(services), services)
    pool = descriptor_pool.DescriptorPool(database)
    for service in services:
        descriptor = pool.FindServiceByName(service)
        check(f"reflection: {service} has methods with known messages", all(
            method.input_type and method.output_type for method in descriptor.methods))

    # Several questions on one stream, under the name of version 1, whose messages are those of v1alpha.
    ask = channel.stream_stream(
        REFLECTION, reflection_pb2.ServerReflectionRequest.SerializeToString,
        reflection_pb2.ServerReflectionResponse.FromString)
    questions = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="grpc.health.v1.Health.Check"),
        reflection_pb2.ServerReflectionRequest(file_by_filename="no.proto"),
    ]
    answers = list(ask(iter(questions), timeout=TIMEOUT))
    check("reflection: three questions, three answers", len(answers) == 3, answers)
    check("reflection: every answer repeats its question", [a.original_request for a in answers] == questions)
    file = descriptor_pb2.FileDescriptorProto.FromString(answers[1].file_descriptor_response.file_descriptor_proto[0])
    check("reflection: the file of a method", file.name == "grpc/health/v1/health.proto", file.name)
    check("reflection: an unknown file is NOT_FOUND", answers[2].error_response.error_code == 5, answers[2])


def unknown_method(channel):
    code = code_of(lambda: channel.unary_unary("/no.Such/Method")(b"", timeout=TIMEOUT))
    check("an unknown method is UNIMPLEMENTED", code == grpc.StatusCode.UNIMPLEMENTED, code)


def echo(channel, path):
    call = channel.unary_unary(path)
    for size in (0, 1, 16384, 1_000_000):
        message = bytes(index * 31 & 255 for index in range(size))
        check(f"echo: {size} bytes", call(message, timeout=TIMEOUT) == message)
    message = b"gzip " * 1000
    check("echo: a compressed request", call(message, timeout=TIMEOUT, compression=grpc.Compression.Gzip) == message)
    code = code_of(lambda: call(b"x", timeout=TIMEOUT, compression=grpc.Compression.Deflate))
    check("echo: deflate is UNIMPLEMENTED", code == grpc.StatusCode.UNIMPLEMENTED, code)
    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        messages = [str(number).encode() for number in range(500)]
        answers = list(threads.map(lambda message: call(message, timeout=TIMEOUT), messages))
    check("echo: 500 calls at once", answers == messages)
    code = code_of(lambda: call(bytes(5 * 1024 * 1024), timeout=TIMEOUT))
    check("echo: over the message limit is RESOURCE_EXHAUSTED", code == grpc.StatusCode.RESOURCE_EXHAUSTED, code)


def metadata(channel, path):
    answer = channel.unary_unary(path)(b"", timeout=TIMEOUT, metadata=(("probe-bin", bytes(range(256))),))
    check("metadata: binary values arrive", answer == bytes(range(256)), answer)


def failure(channel, path):
    try:
        channel.unary_unary(path)(b"", timeout=TIMEOUT)
        check("failure: it fails", False)
    except grpc.RpcError as error:
        check("failure: FAILED_PRECONDITION", error.code() == grpc.StatusCode.FAILED_PRECONDITION, error.code())
        check("failure: the message", error.details() == "ikke n\u00e5: 100 %", error.details())
        details = dict(error.trailing_metadata()).get("grpc-status-details-bin")
        check("failure: the details", details == bytes([1, 2, 3]), details)


def hold(channel, path):
    call = channel.unary_unary(path)
    begin = time.monotonic()
    code = code_of(lambda: call(b"", timeout=0.3))
    check("hold: the deadline", code == grpc.StatusCode.DEADLINE_EXCEEDED, code)
    check("hold: in time", time.monotonic() - begin < 5)
    waiting = call.future(b"", timeout=TIMEOUT)
    time.sleep(0.1)
    waiting.cancel()
    check("hold: cancelled", waiting.cancelled())


def stream(channel, path):
    call = channel.unary_stream(path)
    for count, size in ((0, 1), (200, 1), (20, 255)):
        sizes = [len(message) for message in call(bytes([count, size]), timeout=TIMEOUT)]
        check(f"stream: {count} messages of {size} kB", sizes == [1000 * size] * count, sizes)
    code = code_of(lambda: list(call(b"", timeout=TIMEOUT)))
    check("stream: a failure", code == grpc.StatusCode.INVALID_ARGUMENT, code)


def without_certificate(target, root, options):
    with grpc.secure_channel(target, grpc.ssl_channel_credentials(root), options) as channel:
        code = code_of(lambda: channel.unary_unary("/no.Such/Method")(b"", timeout=3))
    check("a client without certificate gets nothing", code in (
        grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED), code)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True, help="host:port")
    parser.add_argument("--ca", required=True)
    parser.add_argument("--cert", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--server-name", help="the name in the server's certificate, if it is not the target's host")
    for method in ("echo", "metadata", "fail", "hold", "stream"):
        parser.add_argument(f"--{method}", metavar="PATH", help="the path of such a method of the test server")
    arguments = parser.parse_args()

    def read(path):
        with open(path, "rb") as file:
            return file.read()

    options = [("grpc.max_send_message_length", -1)]
    if arguments.server_name:
        options.append(("grpc.ssl_target_name_override", arguments.server_name))
    root = read(arguments.ca)
    credentials = grpc.ssl_channel_credentials(root, read(arguments.key), read(arguments.cert))
    with grpc.secure_channel(arguments.target, credentials, options) as channel:
        health(channel)
        reflection(channel)
        unknown_method(channel)
        for path, probe in (
                (arguments.echo, echo), (arguments.metadata, metadata), (arguments.fail, failure),
                (arguments.hold, hold), (arguments.stream, stream)):
            if path:
                probe(channel, path)
    without_certificate(arguments.target, root, options)
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
