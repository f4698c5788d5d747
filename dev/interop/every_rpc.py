"""Calls every RPC of a daemon in testing mode with the stock Python library and stubs generated from proto/.

    dev/interop/python dev/interop/every_rpc.py --target localhost:7443 --certs DIR --as journal [--part calls|manners]

What was called is compared with what reflection lists: an RPC that nobody calls here is a failure. Then status details,
deadlines, cancellation, large and many messages, keepalive, compression, GOAWAY. Exit status 0: all is well.
"""

import argparse
import collections
import concurrent.futures
import os
import re
import signal
import threading
import time

import grpc
from google.protobuf import descriptor_pool, json_format
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import common
from common import TIMEOUT, check, code_of, details_of, header

OK = grpc.StatusCode.OK
FAILED_PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
# No state reaches this revision, so a call that demands it waits for its deadline.
NEVER = 2**63
PAGE = common.PROTO.parent / "docs/calls.md"
# Requests of a path from which its example is taken.
EXAMPLES = 2
PARTS = ("calls", "manners")
NOW = 1_790_000_000_000
DAY = 86_400_000


class Recorder(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamStreamClientInterceptor):
    """Remembers the paths that were called."""

    def __init__(self):
        self.paths = set()
        # The request messages of each path.
        self.requests = collections.defaultdict(list)

    def _go_on(self, go_on, details, request):
        self.paths.add(details.method)
        if hasattr(request, "SerializeToString"):
            self.requests[details.method].append(request)
        return go_on(details, request)

    intercept_unary_unary = intercept_unary_stream = intercept_stream_stream = _go_on


class Caller:
    """Stubs of every service, over one channel that is recorded."""

    def __init__(self, options, more=()):
        from portvakt.v1 import access_pb2, access_pb2_grpc, audit_pb2, audit_pb2_grpc, consent_pb2, consent_pb2_grpc
        from portvakt.v1 import foresight_pb2, foresight_pb2_grpc, grant_pb2, grant_pb2_grpc, policy_pb2, policy_pb2_grpc
        from portvakt.v1 import registry_pb2, registry_pb2_grpc, testing_pb2, testing_pb2_grpc, vocabulary_pb2
        from portvakt.v1 import watch_pb2, watch_pb2_grpc

        self.recorder = Recorder()
        self.plain = grpc.secure_channel(
            options.target, common.credentials(options.certs, getattr(options, "as")),
            [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1), *more])
        self.channel = grpc.intercept_channel(self.plain, self.recorder)
        self.voc = vocabulary_pb2
        self.stubs = {
            "Access": (access_pb2_grpc.AccessStub, access_pb2), "Audit": (audit_pb2_grpc.AuditStub, audit_pb2),
            "Consents": (consent_pb2_grpc.ConsentsStub, consent_pb2), "Foresight": (foresight_pb2_grpc.ForesightStub, foresight_pb2),
            "Grants": (grant_pb2_grpc.GrantsStub, grant_pb2), "Policy": (policy_pb2_grpc.PolicyStub, policy_pb2),
            "Registry": (registry_pb2_grpc.RegistryStub, registry_pb2), "Testing": (testing_pb2_grpc.TestingStub, testing_pb2),
            "Watch": (watch_pb2_grpc.WatchStub, watch_pb2)}
        self.stubs = {name: (stub(self.channel), module) for name, (stub, module) in self.stubs.items()}

    def method(self, path):
        service, name = path.split("/")
        return getattr(self.stubs[service][0], name)

    def request(self, path, **fields):
        """The request message of a method, from its fields."""
        service, name = path.split("/")
        module = self.stubs[service][1]
        message = module.DESCRIPTOR.services_by_name[service].methods_by_name[name].input_type
        return getattr(module, message.name)(**fields)

    def call(self, path, **fields):
        return self.method(path)(self.request(path, **fields), timeout=TIMEOUT)

    def expect(self, path, wanted=OK, info=None, **fields):
        """Makes a call that must end with a status, and gives its answer; a failure must say why in its details."""
        try:
            answer, code, error = self.call(path, **fields), OK, None
        except grpc.RpcError as failed:
            answer, code, error = None, failed.code(), failed
        check(f"{path}: {wanted.name}", code == wanted, error)
        if error is not None and code == wanted:
            found, _ = details_of(error)
            check(f"{path}: the details say {info}", found == info, found)
        return answer


def question(voc, employment="larer", case="sak", **more):
    return {
        "actor": {"employment": employment}, "action": voc.ACTION_LOG_READ, "object": {"case_id": case},
        "assurance": voc.ASSURANCE_HIGH, "purpose": voc.PURPOSE_SAMORDNING, "need": True, **more}


def settle(rpc):
    rpc.call("Testing/Reset")
    rpc.call("Testing/SetClock", now={"milliseconds": NOW})
    rpc.call("Registry/RegisterRecords", header=header(), records=common.town(rpc.voc))


def access(rpc):
    voc = rpc.voc
    answer = rpc.expect("Access/Check", question=question(voc), request_id="c-1").answer
    check("Check: allowed, with an entry", answer.effect == voc.EFFECT_ALLOW and answer.entry.stream.startswith("decisions/"), answer)
    again = rpc.call("Access/Check", question=question(voc), at_least_as_fresh=answer.revision).answer
    check("Check: as fresh as an answer", again.revision >= answer.revision, again)
    items = [{"id": "a", "question": question(voc)}, {"id": "b", "question": question(voc, "nobody")},
             {"id": "c", "question": question(voc, case="no-such-case")}]
    answers = rpc.expect("Access/CheckMany", items=items).answers
    check("CheckMany: ids in order, each its own entry", [a.id for a in answers] == ["a", "b", "c"] and len(
        {a.answer.entry.index for a in answers}) == 3, answers)
    check("CheckMany: allow, deny, deny", [a.answer.effect for a in answers] == [
        voc.EFFECT_ALLOW, voc.EFFECT_DENY, voc.EFFECT_DENY], answers)
    labels = [{"id": f"i-{n}", "entry": {"category": 1 + n % 5, "about": ["barn"], "author": "skole"}} for n in range(2000)]
    few = [{"id": "e-1", "entry": {"category": voc.CATEGORY_EDUCATION, "about": ["barn"], "author": "skole"}}]
    check("CheckEach: one entry", len(list(rpc.call("Access/CheckEach", question=question(voc, "radgiver"), items=few))) == 1)
    got = list(rpc.call("Access/CheckEach", question=question(voc, "radgiver"), items=labels))
    ids = [name for message in got for name in message.ids]
    check("CheckEach: 2,000 entries, in order, in several messages", ids == [item["id"] for item in labels] and len(got) > 1, len(ids))
    entries = [index for message in got for index in message.index]
    check("CheckEach: each with its own entry", len(set(entries)) == 2000, len(set(entries)))
    explained = rpc.expect("Access/Explain", question=question(voc))
    check("Explain: the whole decision and its rules", explained.decision.effect == voc.EFFECT_ALLOW and explained.nodes, explained)


def consents(rpc):
    voc = rpc.voc
    give = lambda name, **more: common.consent(voc, name, "mor", **more)
    rpc.expect("Consents/Give", header=header("g-1"), consent=give("s-1"))
    first = rpc.call("Consents/Give", header=header("g-1"), consent=give("s-1")).receipt
    check("Give: a retry gets the same receipt", first == rpc.call(
        "Consents/Give", header=header("g-1"), consent=give("s-1")).receipt)
    rpc.expect("Consents/Give", grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED", header=header("g-1"), consent=give("s-other"))
    rpc.call("Consents/Give", header=header(), consent=give("s-2"))
    rpc.call("Consents/Give", header=header(), consent=give("s-3"))
    got = rpc.expect("Consents/Get", id="s-1").consent
    check("Get: the consent", got.consent.id == "s-1" and got.version > 0, got)
    rpc.expect("Consents/Get", grpc.StatusCode.NOT_FOUND, "NOT_FOUND", id="no-such")
    listed = rpc.expect("Consents/List", case_id="sak", page={"size": 2})
    seen, page = [filed.consent.id for filed in listed.consents], listed.page
    while not page.complete:
        more = rpc.call("Consents/List", case_id="sak", page={"size": 2, "cursor": page.next_cursor})
        seen, page = seen + [filed.consent.id for filed in more.consents], more.page
    check("List: every consent once, page by page", {"s-1", "s-2", "s-3", "s-mor", "s-far"} == set(seen) and len(seen) == 5, seen)
    rpc.expect("Consents/Withdraw", header=header(), id="s-1")
    rpc.expect("Consents/Revoke", header=header(), id="s-2")
    rpc.expect("Consents/Invalidate", header=header(), id="s-3")
    rpc.expect("Consents/Request", header=header(), consent=give("s-4", evidence=False, informed=False))
    rpc.call("Consents/Request", header=header(), consent=give("s-5", evidence=False, informed=False))
    rpc.expect("Consents/Refuse", header=header(), id="s-5")
    rpc.expect("Consents/Renew", header=header(), id="s-mor", consent=give("s-6"))
    until = {"milliseconds": NOW + 300 * DAY}
    extend = {"header": header(), "until": until, "form": voc.CONSENT_FORM_ELEKTRONISK, "evidence": True, "informed": True}
    # Without an end there is nothing to extend to; this once ended the daemon.
    rpc.expect("Consents/Extend", grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED", id="s-6", new_id="s-none", **extend)
    rpc.call("Consents/Give", header=header(), consent=give("s-8", validity={"until": {"milliseconds": NOW + 9 * DAY}}))
    rpc.expect("Consents/Extend", id="s-8", new_id="s-7", **extend)
    rpc.expect("Consents/Receipt", FAILED_PRECONDITION, "NO_KEY", id="s-7")
    document = rpc.expect("Consents/Export", id="s-7").document
    check("Export: a FHIR Consent", b'"resourceType":"Consent"' in document, document[:100])


def grants(rpc):
    voc = rpc.voc
    grant = lambda name, **more: {
        "id": name, "case_id": "sak", "to": {"employment": "leder"}, "role": voc.GRANT_ROLE_DELTAKER,
        "document": voc.GRANT_DOCUMENT_LOG, "granted_by": {"employment": "larer"}, "state": voc.GRANT_STATE_GRANTED,
        "validity": {"until": {"milliseconds": NOW + 30 * DAY}}, **more}
    rpc.expect("Grants/Add", header=header(employment="larer"), grant=grant("g-1"))
    rpc.expect("Grants/Revoke", header=header(employment="larer"), id="g-1")
    listed = rpc.expect("Grants/List", case_id="sak")
    check("List: the grants of the case", {"deltar", "g-1"} <= {filed.grant.id for filed in listed.grants}, listed)
    asked = {"state": voc.GRANT_STATE_UNSPECIFIED, "granted_by": None}
    rpc.expect("Grants/Request", header=header(employment="leder"), grant=grant("g-2", **asked))
    rpc.call("Grants/Request", header=header(employment="leder"), grant=grant("g-3", **asked))
    pending = rpc.expect("Grants/Pending", case_id="sak")
    check("Pending: both", {filed.grant.id for filed in pending.grants} == {"g-2", "g-3"}, pending)
    rpc.expect("Grants/Approve", header=header(employment="larer"), id="g-2")
    rpc.expect("Grants/Refuse", header=header(employment="larer"), id="g-3", reason="ikke nå")
    # What ended while it waited cannot be approved, whatever end is asked for; this once ended the daemon.
    short = {**asked, "validity": {"until": {"milliseconds": NOW + DAY}}}
    rpc.call("Grants/Request", header=header(employment="leder"), grant=grant("g-4", **short))
    rpc.call("Testing/SetClock", now={"milliseconds": NOW + 2 * DAY})
    rpc.expect("Grants/Approve", FAILED_PRECONDITION, "CONTRADICTS", header=header(employment="larer"), id="g-4",
               until={"milliseconds": NOW + 3 * DAY})
    rpc.call("Testing/SetClock", now={"milliseconds": NOW})


def registry(rpc):
    voc = rpc.voc
    person = lambda name: {"person": {"id": name, "protection": voc.PROTECTION_NONE}}
    rpc.expect("Registry/RegisterRecords", header=header(), records=[person("p-1")])
    got = rpc.expect("Registry/Get", kind=voc.RECORD_KIND_CASE, id="sak").record
    check("Get: the case", got.record.case_record.subject == "barn", got)
    listed = rpc.expect("Registry/List", kind=voc.RECORD_KIND_PERSON, page={"size": 3})
    check("List: a page", len(listed.records) == 3 and not listed.page.complete, listed)
    staged = rpc.expect("Registry/Stage", import_id="i-1", chunk=0, records=[person(f"p-i{n}") for n in range(1000)])
    check("Stage: a thousand", staged.staged == 1000, staged)
    committed = rpc.expect("Registry/Commit", header=header(), import_id="i-1", chunks=1, records=1000)
    check("Commit: a thousand", committed.records == 1000, committed)
    rpc.call("Registry/Stage", import_id="i-2", chunk=0, records=[person("p-none")])
    rpc.expect("Registry/Discard", import_id="i-2")
    rpc.expect("Registry/Get", grpc.StatusCode.NOT_FOUND, "NOT_FOUND", kind=voc.RECORD_KIND_PERSON, id="p-none")
    system = {"id": "plan", "identity": "spiffe://portvakt.test/plan-system", "controllers": ["kommune-a"],
              "permissions": [voc.PERMISSION_ASK], "active": True}
    rpc.expect("Registry/RegisterSystem", header=header(), system=system)
    systems = rpc.expect("Registry/ListSystems").systems
    check("ListSystems: the system", "plan" in [filed.system.id for filed in systems], systems)
    rpc.expect("Registry/DisableSystem", header=header(), id="plan")


def emergency(rpc):
    """An access in an emergency, and where it is recorded."""
    voc = rpc.voc
    asked = question(voc, "leder", emergency={"reason": "akutt fare", "anonymised_insufficient": True, "minutes": 30})
    asked["entry"] = {"category": voc.CATEGORY_EDUCATION, "about": ["barn"], "author": "skole"}
    system = {"id": "asker", "identity": "spiffe://portvakt.test/asker", "controllers": ["kommune-a"],
              "permissions": [voc.PERMISSION_ASK], "active": True}
    rpc.call("Registry/RegisterSystem", header=header(), system=system)
    # As a system that the ledger knows: the holder of the certificate is known to this mode only.
    rpc.call("Testing/ActAs", system="asker")
    answer = rpc.call("Access/Check", question=asked).answer
    rpc.call("Testing/ActAs")
    check("an emergency opens", answer.effect == voc.EFFECT_ALLOW and answer.emergency_minutes > 0, answer)
    return answer.entry


def audit(rpc):
    voc = rpc.voc
    reader = {"actor": {"employment": "ombud"}, "controller": "kommune-a", "why": "tilsyn"}
    opened = emergency(rpc)
    found = rpc.expect("Audit/Query", request_id="c-1", reader=reader).entries
    check("Query: by the request id", len(found) == 1 and found[0].request_id == "c-1", found)
    place = {"stream": opened.stream, "index": opened.index}
    shown = rpc.expect("Audit/Show", **place, reader=reader)
    check("Show: the decision and its rules", shown.entry.decision.decision.effect == voc.EFFECT_ALLOW and shown.nodes, shown)
    replayed = rpc.expect("Audit/Replay", **place, reader=reader)
    check("Replay: the same", replayed.identical, replayed)
    statement = rpc.expect(
        "Audit/Statement", subject="barn", asker={"person": "mor"}, assurance=voc.ASSURANCE_HIGH)
    check("Statement: lines", len(statement.lines) > 0, statement)
    review = rpc.expect("Audit/AccessReview", case_id="sak", days=30, reader=reader)
    check("AccessReview: who has access", len(review.accesses) > 0, review)
    waiting = rpc.expect("Audit/Reviews", reader=reader)
    check("Reviews: the emergency waits", waiting.waiting == 1 and len(waiting.tasks) == 1, waiting)
    rpc.expect("Audit/Review", **place, reviewer={"employment": "ombud"}, outcome=1, text="begrunnet")
    rpc.expect("Audit/Unusual", reader=reader)
    rpc.expect("Audit/Erase", subject="barn", first={"employment": "ombud"}, second={"employment": "leder"}, reason="feil", dry_run=True)
    rpc.expect("Audit/Retain", dry_run=True, reader=reader)
    for path, fields in (("Audit/Prove", place), ("Audit/Checkpoint", {})):
        # In testing mode nothing is signed: both say so.
        if f"/portvakt.v1.{path}" in rpc.listed:
            code = code_of(lambda: rpc.call(path, **fields, reader=reader))
            check(f"{path}: no signature", code in (OK, FAILED_PRECONDITION), code)


def foresight(rpc):
    who = rpc.expect("Foresight/Who", case_id="sak", page={"size": 50})
    check("Who: somebody", len(who.accesses) > 0, who)
    what = rpc.expect("Foresight/What", actor={"employment": "larer"}, page={"size": 50})
    check("What: something", len(what.accesses) > 0, what)
    gone = rpc.expect("Foresight/Simulate", proposals=[{"withdraw_consent": "s-far"}], cases=["sak"])
    check("Simulate: a withdrawal takes accesses away", any(not change.appears for change in gone.changes), gone)
    rpc.expect("Foresight/Due", days=365, case_id="sak")


def policy(rpc):
    active = rpc.expect("Policy/Active").profile
    check("Active: a name and a hash", active.name and len(active.hash) == 32, active)
    file = rpc.expect("Policy/Get", name=active.name).file
    checked = rpc.expect("Policy/Validate", file=file)
    check("Validate: the file is the profile", checked.profile.hash == active.hash and not checked.problems, checked)
    broken = rpc.call("Policy/Validate", file=b"nonsense: true\n")
    check("Validate: what is wrong, with its line", broken.problems and broken.problems[0].line == 1, broken)
    profiles = rpc.expect("Policy/List").profiles
    check("List: the active one is there", active.name in [profile.name for profile in profiles], profiles)
    rpc.expect("Policy/Activate", header=header(), profile=active, reason="ny vurdering")


def watch(rpc):
    stream = rpc.call("Watch/Changes", heartbeat_ms=50)
    first = next(stream)
    rpc.call("Consents/Give", header=header(), consent=common.consent(rpc.voc, "s-watch", "mor"))
    found = next(message for message in stream if message.HasField("touched"))
    check("Changes: a consent touches its case", "sak" in found.touched.cases and found.sequence > first.sequence, found)
    stream.cancel()
    resumed = rpc.call("Watch/Changes", after={"sequence": first.sequence}, heartbeat_ms=50)
    again = next(message for message in resumed if message.HasField("touched"))
    check("Changes: resumed, the same again", again == found, again)
    resumed.cancel()
    check("Changes: cancelled", code_of(lambda: list(resumed)) == grpc.StatusCode.CANCELLED)


def health_and_reflection(rpc):
    health = health_pb2_grpc.HealthStub(rpc.channel)
    answer = health.Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT)
    check("health: SERVING", answer.status == health_pb2.HealthCheckResponse.SERVING, answer)
    stream = health.Watch(health_pb2.HealthCheckRequest(), timeout=TIMEOUT)
    check("health: Watch begins with SERVING", next(stream).status == health_pb2.HealthCheckResponse.SERVING)
    stream.cancel()
    ask = rpc.channel.stream_stream(
        REFLECTION, reflection_pb2.ServerReflectionRequest.SerializeToString, reflection_pb2.ServerReflectionResponse.FromString)
    list(ask(iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=TIMEOUT))


def testing(rpc):
    voc = rpc.voc
    check("SetClock: the instant", rpc.expect("Testing/SetClock", now={"milliseconds": NOW}).now_ms == NOW)
    rpc.expect("Testing/ActAs", system="nobody")
    answer = rpc.call("Access/Check", question=question(voc)).answer
    check("ActAs: a stranger is told of nothing", list(answer.reasons) == [voc.REASON_DENY_NOT_FOUND], answer)
    refused = code_of(lambda: rpc.call("Policy/Active"))
    check("ActAs: a stranger may do nothing else", refused == grpc.StatusCode.PERMISSION_DENIED, refused)
    rpc.call("Testing/ActAs")
    rpc.expect("Testing/Fail", fault=rpc.stubs["Testing"][1].TESTING_FAULT_RECORDING)
    answer = rpc.call("Access/Check", question=question(voc)).answer
    check("Fail: what cannot be recorded is denied", list(answer.reasons) == [voc.REASON_DENY_UNRECORDED]
          and not answer.HasField("entry"), answer)
    rpc.expect("Consents/Withdraw", grpc.StatusCode.UNAVAILABLE, "UNRECORDED", header=header(), id="s-far")
    rpc.expect("Testing/Reset")


def listed(channel):
    """The paths of all RPCs that reflection knows."""
    database = ProtoReflectionDescriptorDatabase(channel)
    pool = descriptor_pool.DescriptorPool(database)
    return {
        f"/{service}/{method.name}" for service in database.get_services() for method in pool.FindServiceByName(service).methods}


def covered(rpc):
    check("reflection lists more than fifty RPCs", len(rpc.listed) > 50, len(rpc.listed))
    for path in sorted(rpc.listed):
        check(f"{path} was called", path in rpc.recorder.paths)
    check("nothing was called that reflection does not list", rpc.recorder.paths <= rpc.listed, rpc.recorder.paths - rpc.listed)


def documented(rpc, write):
    """The page of all calls has an example of each, and each example is a request that was made here."""
    made = {}
    for path, requests in rpc.recorder.requests.items():
        if path in rpc.listed and path.startswith("/portvakt."):
            # The shortest one that says something; the refused ones come later and are no examples.
            told = [request for request in requests[:EXAMPLES] if request.ByteSize()] or requests[:1]
            made[path] = min(told, key=lambda request: request.ByteSize())
    if write:
        PAGE.write_text(page(made), encoding="utf-8")
    examples = dict(re.findall(r"^`(/portvakt\S+)`\n+```json\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.M | re.S))
    for path in sorted(rpc.listed):
        if not path.startswith("/portvakt."):
            continue
        check(f"{path} has an example in docs/calls.md", path in examples)
        if path in examples and path in made:
            example = json_format.Parse(examples[path], type(made[path])())
            check(f"{path}: its example is a request that was made", example in rpc.recorder.requests[path], example)


def page(made):
    """docs/calls.md"""
    text = [
        "# Every call, with an example", "",
        "In protobuf's JSON form, as `grpcurl -d` takes it. Each is a request that `dev/interop/every_rpc.py` makes of a daemon in testing mode, which fails when a",
        "call has none here; `dev/interop/every_rpc.py --write-docs` writes this page anew. What a call means stands in `proto/portvakt/v1`."]
    service = ""
    for path in sorted(made):
        if path.split("/")[1] != service:
            service = path.split("/")[1]
            text += ["", f"## {service.rsplit('.', 1)[1]}"]
        example = json_format.MessageToJson(made[path], preserving_proto_field_name=True, indent=None)
        text += ["", f"`{path}`", "", "```json", example, "```"]
    return "\n".join(text) + "\n"


def refusals(rpc):
    for fields, wanted in (
            ({"question": {}}, "question.actor"), ({"question": question(rpc.voc, purpose=0)}, "question.purpose"),
            ({"question": question(rpc.voc, action=99)}, "question.action"), ({}, "question"),
            ({"question": question(rpc.voc, "a b")}, "question.actor.employment"),
            ({"question": question(rpc.voc, entry={"category": 1, "about": ["ok", ""]})}, "question.entry.about[1]")):
        try:
            rpc.call("Access/Check", **fields)
            check(f"{wanted} is refused", False, "OK")
        except grpc.RpcError as error:
            reason, found = details_of(error)
            check(f"{wanted} is refused by its name", (error.code(), reason, found) == (
                grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED", [wanted]), (error.code(), reason, found))
    code = code_of(lambda: rpc.channel.unary_unary("/portvakt.v1.Access/None")(b"", timeout=TIMEOUT))
    check("an unknown method is UNIMPLEMENTED", code == grpc.StatusCode.UNIMPLEMENTED, code)


def deadlines(rpc):
    late = rpc.request("Access/Check", question=question(rpc.voc), at_least_as_fresh=NEVER)
    begin = time.monotonic()
    code = code_of(lambda: rpc.method("Access/Check")(late, timeout=0.3))
    check("a deadline ends with DEADLINE_EXCEEDED, in time", code == grpc.StatusCode.DEADLINE_EXCEEDED
          and time.monotonic() - begin < 5, code)
    waiting = [rpc.method("Access/Check").future(late, timeout=TIMEOUT) for _ in range(50)]
    time.sleep(0.2)
    for call in waiting:
        call.cancel()
    check("fifty cancelled calls are CANCELLED", all(call.code() == grpc.StatusCode.CANCELLED for call in waiting))
    stream = rpc.method("Watch/Changes")(rpc.request("Watch/Changes", heartbeat_ms=50), timeout=0.5)
    check("a stream's deadline", code_of(lambda: list(stream)) == grpc.StatusCode.DEADLINE_EXCEEDED)
    check("the connection lives on", rpc.call("Access/Check", question=question(rpc.voc)).answer.effect == rpc.voc.EFFECT_ALLOW)


def sizes(rpc):
    items = [{"id": f"i-{n:05}", "question": question(rpc.voc)} for n in range(2048)]
    answers = rpc.call("Access/CheckMany", items=items).answers
    check("the most questions of one request", [a.id for a in answers] == [item["id"] for item in items], len(answers))
    code = code_of(lambda: rpc.call("Access/CheckMany", items=items + [{"id": "x", "question": question(rpc.voc)}]))
    check("one more is INVALID_ARGUMENT", code == grpc.StatusCode.INVALID_ARGUMENT, code)
    code = code_of(lambda: rpc.call("Policy/Validate", file=bytes(5 * 1024 * 1024)))
    check("a message over the limit is RESOURCE_EXHAUSTED", code == grpc.StatusCode.RESOURCE_EXHAUSTED, code)
    with concurrent.futures.ThreadPoolExecutor(32) as threads:
        codes = list(threads.map(lambda n: code_of(lambda: rpc.call("Access/Check", question=question(rpc.voc))), range(2000)))
    check("2,000 calls of 32 threads", codes == [OK] * 2000, {code for code in codes})
    watches = [rpc.call("Watch/Changes", heartbeat_ms=50) for _ in range(100)]
    check("a hundred streams beside each other", all(next(stream) is not None for stream in watches))
    for stream in watches:
        stream.cancel()


def compression(rpc):
    request = rpc.request("Access/Check", question=question(rpc.voc))
    ask = rpc.method("Access/Check")
    answer = ask(request, timeout=TIMEOUT, compression=grpc.Compression.Gzip).answer
    check("a request in gzip is answered", answer.effect == rpc.voc.EFFECT_ALLOW, answer)
    items = [{"id": f"i-{n}", "question": question(rpc.voc)} for n in range(1000)]
    many = rpc.method("Access/CheckMany")(
        rpc.request("Access/CheckMany", items=items), timeout=TIMEOUT, compression=grpc.Compression.Gzip).answers
    check("a long one, too", len(many) == 1000, len(many))
    code = code_of(lambda: ask(request, timeout=TIMEOUT, compression=grpc.Compression.Deflate))
    check("deflate is UNIMPLEMENTED", code == grpc.StatusCode.UNIMPLEMENTED, code)


def keepalive(options):
    calls = Caller(options, [("grpc.keepalive_time_ms", 1000), ("grpc.keepalive_timeout_ms", 2000),
                             ("grpc.keepalive_permit_without_calls", 1), ("grpc.http2.max_pings_without_data", 0)])
    first = calls.call("Access/Check", question=question(calls.voc)).answer
    time.sleep(3.5)
    again = calls.call("Access/Check", question=question(calls.voc)).answer
    check("keepalive: PINGs of an idle client are answered", first.effect == again.effect == calls.voc.EFFECT_ALLOW)
    calls.plain.close()


def loss(options):
    """Many channels that are closed in the middle of calls leave the daemon as it was."""
    for _ in range(20):
        calls = Caller(options)
        late = calls.request("Access/Check", question=question(calls.voc), at_least_as_fresh=NEVER)
        waiting = [calls.method("Access/Check").future(late, timeout=TIMEOUT) for _ in range(20)]
        threading.Thread(target=calls.plain.close).start()
        codes = {call.code() for call in waiting}
        if not codes <= {grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE}:
            check("calls of a closed channel end", False, codes)
    check("twenty channels closed in the middle of twenty calls each", True)


def goes_away(options):
    """The daemon is asked to end in the middle of calls: each ends, and an answer is a whole one."""
    calls = Caller(options)
    watch = calls.call("Watch/Changes", heartbeat_ms=50)
    next(watch)
    codes, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            codes.append(code_of(lambda: calls.call("Access/Check", question=question(calls.voc))))
            if codes[-1] != OK:
                return

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    os.kill(options.pid, signal.SIGTERM)
    ended = code_of(lambda: list(watch))
    for thread in threads:
        thread.join(TIMEOUT)
    hanging = sum(thread.is_alive() for thread in threads)
    stop.set()
    check("GOAWAY: no call hangs", hanging == 0, hanging)
    check("GOAWAY: calls are answered until the end, and then UNAVAILABLE", codes.count(OK) > 100 and set(codes) <= {
        OK, grpc.StatusCode.UNAVAILABLE}, {code: codes.count(code) for code in set(codes)})
    check("GOAWAY: a stream ends with UNAVAILABLE", ended == grpc.StatusCode.UNAVAILABLE, ended)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("target", "certs", "as"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--pid", type=int, help="of the daemon: at the end it is asked to go away in the middle of calls")
    parser.add_argument("--write-docs", action="store_true", help="write docs/calls.md anew")
    parser.add_argument("--part", choices=PARTS, action="append", help="without it both")
    options = parser.parse_args()
    common.stubs()
    rpc = Caller(options)
    rpc.listed = listed(rpc.plain)
    settle(rpc)
    parts = options.part or PARTS
    if "calls" in parts:
        for probe in (access, audit, foresight, grants, consents, registry, policy, watch, health_and_reflection, testing):
            probe(rpc)
        covered(rpc)
        documented(rpc, options.write_docs)
    if "manners" in parts:
        manners(rpc, options)
    common.finish()


def manners(rpc, options):
    """How the protocol's parts are kept to, apart from what each RPC does. Last, as the daemon goes away."""
    settle(rpc)
    for probe in (refusals, deadlines, sizes, compression):
        probe(rpc)
    keepalive(options)
    loss(options)
    check("afterwards it answers as before", rpc.call("Access/Check", question=question(rpc.voc)).answer.effect == rpc.voc.EFFECT_ALLOW)
    check("nothing was called that reflection does not list but a method that there is not",
          rpc.recorder.paths - rpc.listed == {"/portvakt.v1.Access/None"}, rpc.recorder.paths - rpc.listed)
    if options.pid:
        settle(rpc)
        goes_away(options)


if __name__ == "__main__":
    main()
