"""Asks a running portvaktd with the stock Python library and stubs generated from proto/, over mutual TLS.

    dev/interop/python dev/interop/daemon_client.py --target localhost:7443 --certs DIR --as journal

Expects a case `sak` whose holder is the employment `larer`, and a unit `skole-x`. Exit status 0: all is well.
"""

import argparse
import atexit
import pathlib
import shutil
import sys
import tempfile

import grpc
import grpc_tools
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_tools import protoc

TIMEOUT = 20
# No state reaches this revision, so a call that demands it waits for its deadline.
NEVER = 2**63
failures = []


def check(name, condition, found=""):
    print(("ok      " if condition else "FAILED  ") + name + ("" if condition else f": {found}"))
    if not condition:
        failures.append(name)


def stubs(root):
    """Generates the stubs from the proto files and imports them."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, True)
    files = [str(path.relative_to(root)) for path in sorted((root / "portvakt/v1").glob("*.proto"))]
    builtin = str(pathlib.Path(grpc_tools.__file__).parent / "_proto")
    code = protoc.main(["protoc", f"-I{root}", f"-I{builtin}", f"--python_out={folder}", f"--grpc_python_out={folder}", *files])
    if code != 0:
        sys.exit(f"protoc ended with {code}")
    sys.path.insert(0, folder)


def question(pb, voc, employment="larer", case="sak"):
    return pb.Question(
        actor={"employment": employment}, action=voc.ACTION_LOG_READ, object={"case_id": case},
        assurance=voc.ASSURANCE_HIGH, purpose=voc.PURPOSE_SAMORDNING, need=True)


def code_of(call):
    try:
        call()
        return grpc.StatusCode.OK
    except grpc.RpcError as error:
        return error.code()


def main():
    arguments = argparse.ArgumentParser()
    for name in ("target", "certs", "as"):
        arguments.add_argument(f"--{name}", required=True)
    options = arguments.parse_args()
    stubs(pathlib.Path(__file__).resolve().parents[2] / "proto")
    from portvakt.v1 import access_pb2, access_pb2_grpc, decision_pb2, vocabulary_pb2 as voc

    certs = pathlib.Path(options.certs)
    holder = getattr(options, "as")
    credentials = grpc.ssl_channel_credentials(
        (certs / "ca.pem").read_bytes(), (certs / f"{holder}.key").read_bytes(), (certs / f"{holder}.pem").read_bytes())
    with grpc.secure_channel(options.target, credentials) as channel:
        access = access_pb2_grpc.AccessStub(channel)

        answer = access.Check(
            access_pb2.CheckRequest(question=question(decision_pb2, voc), request_id="interop-1"), timeout=TIMEOUT).answer
        check("Check: the holder of the case may read its log", answer.effect == voc.EFFECT_ALLOW, answer)
        check("Check: the decision has its entry", answer.entry.stream.startswith("decisions/"), answer.entry)

        items = [
            access_pb2.CheckManyItem(id="a", question=question(decision_pb2, voc)),
            access_pb2.CheckManyItem(id="b", question=question(decision_pb2, voc, employment="nobody")),
            access_pb2.CheckManyItem(id="c", question=question(decision_pb2, voc, case="no-such-case")),
        ]
        answers = access.CheckMany(access_pb2.CheckManyRequest(items=items), timeout=TIMEOUT).answers
        check("CheckMany: the ids come back in order", [a.id for a in answers] == ["a", "b", "c"], answers)
        effects = [a.answer.effect for a in answers]
        check("CheckMany: allow, deny, deny", effects == [voc.EFFECT_ALLOW, voc.EFFECT_DENY, voc.EFFECT_DENY], effects)
        entries = {(a.answer.entry.stream, a.answer.entry.index) for a in answers}
        check("CheckMany: each item has an entry of its own", len(entries) == 3, entries)

        late = access_pb2.CheckRequest(question=question(decision_pb2, voc), at_least_as_fresh=NEVER)
        code = code_of(lambda: access.Check(late, timeout=0.3))
        check("a deadline ends with DEADLINE_EXCEEDED", code == grpc.StatusCode.DEADLINE_EXCEEDED, code)
        waiting = access.Check.future(late, timeout=TIMEOUT)
        waiting.cancel()
        check("a cancelled call ends with CANCELLED", waiting.code() == grpc.StatusCode.CANCELLED, waiting.code())

        empty = access_pb2.CheckRequest(question=decision_pb2.Question())
        try:
            access.Check(empty, timeout=TIMEOUT)
            check("an empty question is refused", False, "OK")
        except grpc.RpcError as error:
            details = dict(error.trailing_metadata())
            check("an empty question is INVALID_ARGUMENT", error.code() == grpc.StatusCode.INVALID_ARGUMENT, error.code())
            check("it names the field", b"question.actor" in details.get("grpc-status-details-bin", b""), error.details())
        again = access.Check(access_pb2.CheckRequest(question=question(decision_pb2, voc)), timeout=TIMEOUT)
        check("the connection lives on", again.answer.effect == voc.EFFECT_ALLOW, again)

        health = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT)
        check("health: SERVING", health.status == health_pb2.HealthCheckResponse.SERVING, health)
        services = set(ProtoReflectionDescriptorDatabase(channel).get_services())
        wanted = {f"portvakt.v1.{name}" for name in ("Access", "Consents", "Grants", "Registry", "Audit", "Policy")}
        check("reflection: every service is listed", wanted <= services, services)

    naked = grpc.ssl_channel_credentials((certs / "ca.pem").read_bytes())
    with grpc.secure_channel(options.target, naked) as channel:
        stub = access_pb2_grpc.AccessStub(channel)
        code = code_of(lambda: stub.Check(access_pb2.CheckRequest(question=question(decision_pb2, voc)), timeout=5))
        check("without a certificate nothing is answered", code in (
            grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED), code)
    sys.exit(1 if failures else 0)


main()
