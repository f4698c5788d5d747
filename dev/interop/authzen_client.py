"""Asks a daemon in testing mode as a system without gRPC would: AuthZEN 1.0 over JSON, HTTP/2 and HTTP/1.1, with httpx and curl.

    dev/interop/python dev/interop/authzen_client.py --target localhost:7443 --certs DIR --as journal [--http 2|1.1]

The records, the clock, the faults and the look into the ledger go over gRPC. Exit status 0: all is well.
"""

import argparse
import asyncio
import json
import pathlib
import shutil
import ssl
import subprocess

import grpc
import httpx

import common
from common import check

SUBJECT = {"type": "employment", "id": "radgiver", "properties": {"assurance": "high"}}
HOLDER = {"type": "employment", "id": "larer", "properties": {"assurance": "high"}}
READ = {"name": "log.read"}
ENTRY = {"type": "log_entry", "id": "sak", "properties": {"category": "education", "about": ["barn"], "author": "skole"}}
LOG = {"type": "case", "id": "sak"}
TELL = {"name": "disclose", "properties": {"recipient": {"type": "service", "id": "polti"}, "ground": "avverging", "necessity": "x"}}
NOWHERE = {"type": "case", "id": "no-such-case"}
CONTEXT = {"purpose": "samordning", "need": True}
ALLOWED = {"subject": HOLDER, "action": READ, "resource": LOG, "context": CONTEXT}
ONE, MANY, WELL_KNOWN = "/access/v1/evaluation", "/access/v1/evaluations", "/.well-known/authzen-configuration"
VERSIONS = ("2", "1.1")


class World:
    """The daemon, over gRPC: what the JSON API has no calls for."""

    def __init__(self, options):
        from portvakt.v1 import access_pb2, access_pb2_grpc, audit_pb2, audit_pb2_grpc, registry_pb2, registry_pb2_grpc
        from portvakt.v1 import testing_pb2, testing_pb2_grpc, vocabulary_pb2

        self.voc, self.pb = vocabulary_pb2, (access_pb2, audit_pb2, registry_pb2, testing_pb2)
        self.channel = grpc.secure_channel(options.target, common.credentials(options.certs, getattr(options, "as")))
        self.access = access_pb2_grpc.AccessStub(self.channel)
        self.audit = audit_pb2_grpc.AuditStub(self.channel)
        self.registry = registry_pb2_grpc.RegistryStub(self.channel)
        self.testing = testing_pb2_grpc.TestingStub(self.channel)

    def settle(self):
        _, _, registry, testing = self.pb
        self.testing.Reset(testing.ResetRequest(), timeout=common.TIMEOUT)
        request = registry.RegisterRecordsRequest(header=common.header(), records=common.town(self.voc))
        self.registry.RegisterRecords(request, timeout=common.TIMEOUT)

    def act_as(self, system=""):
        self.testing.ActAs(self.pb[3].ActAsRequest(system=system), timeout=common.TIMEOUT)

    def fail(self, fault):
        self.testing.Fail(self.pb[3].FailRequest(fault=fault), timeout=common.TIMEOUT)

    def register_system(self, name, *permissions):
        system = {"id": name, "identity": f"spiffe://portvakt.test/{name}", "controllers": ["kommune-a"],
                  "permissions": list(permissions), "active": True}
        request = self.pb[2].RegisterSystemRequest(header=common.header(), system=system)
        self.registry.RegisterSystem(request, timeout=common.TIMEOUT)

    def decisions(self, request_id=""):
        """The recorded decisions, newest first or not: {(stream, index): entry}."""
        reader = {"actor": {"employment": "ombud"}, "controller": "kommune-a", "why": "tilsyn"}
        found, cursor = {}, b""
        while True:
            page = self.audit.Query(self.pb[1].QueryRequest(
                request_id=request_id, reader=reader, page={"size": 200, "cursor": cursor}), timeout=common.TIMEOUT)
            for entry in page.entries:
                if entry.WhichOneof("body") == "decision":
                    found[(entry.entry.stream, entry.entry.index)] = entry
            if page.page.complete:
                return found
            cursor = page.page.next_cursor


def is_decision(value):
    return isinstance(value, dict) and isinstance(value.get("decision"), bool) and isinstance(value.get("context", {}), dict)


def single(http, world, label):
    answer = http.post(ONE, json=ALLOWED, headers={"X-Request-ID": f"one-{label}"})
    check(f"{label}: an allow is 200", answer.status_code == 200, answer.text)
    check(f"{label}: application/json", answer.headers["content-type"] == "application/json", answer.headers)
    check(f"{label}: X-Request-ID is echoed", answer.headers.get("x-request-id") == f"one-{label}", answer.headers)
    value = answer.json()
    check(f"{label}: the decision is true", value["decision"] is True, value)
    context = value["context"]
    check(f"{label}: reasons and their texts", context["reasons"] == ["allow.holder"] and set(context["reason_user"]) == {
        "nb", "nn", "en"}, context)
    check(f"{label}: obligations, revision, how long it holds", "log" in context["obligations"] and context["revision"] > 0
          and context["holds_until"] > context["decided_at"], context)
    recorded = world.decisions(f"one-{label}")
    place = (context["entry"]["stream"], context["entry"]["index"])
    check(f"{label}: exactly one entry in the ledger, the one it names", list(recorded) == [place], recorded)
    body = recorded[place].decision
    check(f"{label}: the entry holds the question and the decision", body.question.actor.employment == "larer"
          and body.question.action == world.voc.ACTION_LOG_READ and body.decision.effect == world.voc.EFFECT_ALLOW, body)
    check(f"{label}: decision_id names it", context["decision_id"] == f"{place[0]}/{place[1]}", context)
    with_entry = http.post(ONE, json={**ALLOWED, "subject": SUBJECT, "resource": ENTRY}).json()
    check(f"{label}: an entry by consent", with_entry["context"]["reasons"] == ["allow.consent"], with_entry)


def same_as_grpc(http, world):
    questions = [
        ({**ALLOWED}, {"actor": {"employment": "larer"}, "object": {"case_id": "sak"}}),
        ({**ALLOWED, "resource": NOWHERE}, {"actor": {"employment": "larer"}, "object": {"case_id": "no-such-case"}}),
        ({**ALLOWED, "subject": SUBJECT}, {"actor": {"employment": "radgiver"}, "object": {"case_id": "sak"}}),
        ({**ALLOWED, "subject": {**SUBJECT, "type": "person", "id": "mor"}}, {"actor": {"person": "mor"}, "object": {"case_id": "sak"}}),
    ]
    for number, (body, question) in enumerate(questions):
        context = http.post(ONE, json=body).json()["context"]
        question |= {"action": world.voc.ACTION_LOG_READ, "assurance": world.voc.ASSURANCE_HIGH,
                     "purpose": world.voc.PURPOSE_SAMORDNING, "need": True}
        answer = world.access.Check(world.pb[0].CheckRequest(question=question), timeout=common.TIMEOUT).answer
        words = [world.voc.Reason.Name(reason)[len("REASON_"):].lower().replace("_", ".", 1) for reason in answer.reasons]
        check(f"the same reasons as over gRPC, {number}", context["reasons"] == words, (context["reasons"], words))
        effect = world.voc.Effect.Name(answer.effect)[len("EFFECT_"):].lower()
        check(f"the same effect as over gRPC, {number}", context["effect"] == effect, context)


def denials(http):
    answer = http.post(ONE, json={**ALLOWED, "resource": NOWHERE})
    check("a denial is 200 with decision false", answer.status_code == 200 and answer.json()["decision"] is False, answer.text)
    check("what does not exist is not found", answer.json()["context"]["reasons"] == ["deny.not_found"], answer.text)
    low = {**SUBJECT, "properties": {"assurance": "low"}}
    value = http.post(ONE, json={**ALLOWED, "subject": low, "resource": ENTRY}).json()
    check("low assurance opens no entry", value["decision"] is False, value)
    check("no X-Request-ID when none was sent", "x-request-id" not in answer.headers, answer.headers)


def errors(http, world):
    before = len(world.decisions())
    for name in ("subject", "action", "resource", "context"):
        body = {key: value for key, value in ALLOWED.items() if key != name}
        answer = http.post(ONE, json=body)
        check(f"400 names a missing {name}", answer.status_code == 400 and name in answer.json(), answer.text)
    for wrong, field in (
            ({"subject": {**SUBJECT, "type": "user"}}, "subject.type"), ({"action": {"name": "fly"}}, "action.name"),
            ({"resource": {**LOG, "type": "document"}}, "resource.type"), ({"subject": {**SUBJECT, "id": 7}}, "subject.id"),
            ({"action": TELL}, "action.properties.recipient.id"), ({"context": {"purpose": "curiosity"}}, "context.purpose"), ({"action": READ["name"]}, "action"),
            ({"resource": {**LOG, "properties": {"category": "health"}}}, "resource.properties.category")):
        answer = http.post(ONE, json={**ALLOWED, **wrong}, headers={"X-Request-ID": "wrong"})
        check(f"400 names {field}", answer.status_code == 400 and answer.json().startswith(field), answer.text)
        check(f"400 for {field} echoes X-Request-ID", answer.headers.get("x-request-id") == "wrong", answer.headers)
    for body in (b"", b"{", b"[]", b"null", b'{"subject":1,"subject":2}', b"\xff", b"{}x", b"[" * 20000):
        answer = http.post(ONE, content=body, headers={"content-type": "application/json"})
        check(f"400 for the body {body[:12]!r}", answer.status_code == 400 and isinstance(answer.json(), str), answer.text)
    for kind in ("text/plain", "application/jsonp", "application/grpc", "application/x-www-form-urlencoded"):
        answer = http.post(ONE, content=json.dumps(ALLOWED), headers={"content-type": kind})
        check(f"400 for the content type {kind}", answer.status_code == 400, answer.text)
    answer = http.post(ONE, content=json.dumps(ALLOWED), headers={"content-type": "Application/JSON; charset=utf-8"})
    check("a content type with parameters is taken", answer.status_code == 200, answer.text)
    answer = http.get(ONE)
    check("405 for GET, with what is allowed", answer.status_code == 405 and answer.headers["allow"] == "POST", answer.headers)
    answer = http.post(ONE, content=b" " * (64 * 1024 + 1), headers={"content-type": "application/json"})
    check("413 for a body over the limit", answer.status_code == 413, answer.text)
    check("nothing that was refused is in the ledger", len(world.decisions()) == before + 1, before)
    value = http.post(ONE, json={**ALLOWED, "trace": 1, "subject": {**HOLDER, "department": "x"}}).json()
    check("unknown members are passed over and listed", value["decision"] is True and value["context"]["ignored"] == [
        "trace", "subject.department"], value)


def several(http, world):
    deny, allow = {"resource": NOWHERE}, {}
    cases = [
        ("execute_all", [allow, deny, allow], [True, False, True]),
        (None, [deny, allow], [False, True]),
        ("deny_on_first_deny", [allow, deny, allow], [True, False]),
        ("deny_on_first_deny", [allow, allow], [True, True]),
        ("permit_on_first_permit", [deny, allow, allow], [False, True]),
        ("permit_on_first_permit", [deny, deny], [False, False]),
        ("deny_on_first_deny", [allow, {"action": {"name": "fly"}}, allow], [True, False]),
        ("permit_on_first_permit", [{"resource": 7}, allow, deny], [False, True]),
        ("execute_all", [allow, {"action": TELL}, allow], [True, False, True]),
        ("deny_on_first_deny", [allow, {"action": TELL}, allow], [True, False]),
    ]
    for number, (semantic, evaluations, wanted) in enumerate(cases):
        body = {**ALLOWED, "evaluations": evaluations}
        if semantic:
            body["options"] = {"evaluations_semantic": semantic}
        answer = http.post(MANY, json=body, headers={"X-Request-ID": f"many-{number}"})
        value = answer.json()
        found = [item["decision"] for item in value["evaluations"]]
        name = f"{semantic or 'default'} {number}"
        check(f"{name}: the decisions", answer.status_code == 200 and found == wanted, value)
        check(f"{name}: the shape", all(is_decision(item) for item in value["evaluations"]) and "decision" not in value, value)
        asked = [item for item in value["evaluations"] if "error" not in item["context"]]
        places = {(item["context"]["entry"]["stream"], item["context"]["entry"]["index"]) for item in asked}
        check(f"{name}: an entry for each that was asked, and for no other", places == set(
            world.decisions(f"many-{number}")) and len(places) == len(asked), places)
        check(f"{name}: X-Request-ID", answer.headers.get("x-request-id") == f"many-{number}", answer.headers)
    mixed = http.post(MANY, json={**ALLOWED, "evaluations": [allow, {"action": {"name": "fly"}}, 5, deny]}).json()["evaluations"]
    check("one that is wrong is false by itself", [item["decision"] for item in mixed] == [True, False, False, False], mixed)
    check("and says which field", mixed[1]["context"]["error"]["status"] == 400 and mixed[1]["context"]["error"][
        "field"] == "evaluations[1].action.name", mixed)
    broken = http.post(MANY, json={**ALLOWED, "evaluations": [5, {"action": {"name": "fly"}}]}).json()["evaluations"]
    check("all wrong: all false", [item["decision"] for item in broken] == [False, False], broken)
    for body in (ALLOWED, {**ALLOWED, "evaluations": []}):
        value = http.post(MANY, json=body).json()
        check("without evaluations it is one evaluation", value["decision"] is True and "evaluations" not in value, value)
    answer = http.post(MANY, json={"evaluations": []})
    check("without anything it is 400", answer.status_code == 400, answer.text)
    answer = http.post(MANY, json={**ALLOWED, "evaluations": [{}], "options": {"evaluations_semantic": "any"}})
    check("an unknown semantic is 400", answer.status_code == 400 and "evaluations_semantic" in answer.json(), answer.text)
    answer = http.post(MANY, json={**ALLOWED, "evaluations": [{}] * 2049})
    check("too many are 400", answer.status_code == 400, answer.text)
    labels = [{"resource": {**ENTRY, "properties": {**ENTRY["properties"], "category": category}}} for category in (
        "education", "health", "barnevern", "nav", "other")] * 300
    value = http.post(MANY, json={**ALLOWED, "subject": SUBJECT, "evaluations": labels}).json()["evaluations"]
    check("1,500 at once, each with an entry of its own", len(value) == 1500 and len(
        {item["context"]["decision_id"] for item in value}) == 1500, len(value))


def metadata(http, target):
    answer = http.get(WELL_KNOWN)
    value = answer.json()
    base = f"https://{target}"
    check("metadata: 200 and application/json", answer.status_code == 200 and answer.headers[
        "content-type"] == "application/json", answer.text)
    check("metadata: the base is what was asked", value["policy_decision_point"] == base, value)
    check("metadata: the endpoints", value["access_evaluation_endpoint"] == base + ONE and value[
        "access_evaluations_endpoint"] == base + MANY, value)
    check("metadata: what there is not is left out", set(value) == {
        "policy_decision_point", "access_evaluation_endpoint", "access_evaluations_endpoint"}, value)
    again = http.post(value["access_evaluation_endpoint"], json=ALLOWED)
    check("metadata: the endpoint it gives answers", again.json()["decision"] is True, again.text)
    check("metadata: POST is 405", http.post(WELL_KNOWN).status_code == 405)


def callers(http, world):
    world.register_system("reader", world.voc.PERMISSION_AUDIT)
    world.register_system("asker", world.voc.PERMISSION_ASK)
    world.act_as("asker")
    check("a system that may ask is answered", http.post(ONE, json=ALLOWED).json()["decision"] is True)
    world.act_as("reader")
    answer = http.post(ONE, json=ALLOWED, headers={"X-Request-ID": "w-403"})
    check("403 for a system that may not ask", answer.status_code == 403 and isinstance(answer.json(), str), answer.text)
    check("403 echoes X-Request-ID", answer.headers.get("x-request-id") == "w-403", answer.headers)
    world.act_as("nobody")
    answer = http.post(ONE, json=ALLOWED, headers={"X-Request-ID": "w-401"})
    check("401 for a system that is not registered", answer.status_code == 401 and isinstance(answer.json(), str), answer.text)
    check("401 says what would be accepted", "www-authenticate" in answer.headers, answer.headers)
    many = http.post(MANY, json={**ALLOWED, "evaluations": [{}, {}]}, headers={"X-Request-ID": "w-401m"})
    check("401 for several, too", many.status_code == 401, many.text)
    malformed = http.post(ONE, content=b"{", headers={"content-type": "application/json"})
    check("401 also for what is malformed", malformed.status_code == 401, malformed.text)
    world.act_as()
    recorded = list(world.decisions("w-401").values())
    check("a stranger's question is in the ledger as over gRPC", len(recorded) == 1 and recorded[
        0].decision.decision.effect == world.voc.EFFECT_DENY, recorded)
    check("a refused one is not", not world.decisions("w-403"))
    check("each of a stranger's several is, too", len(world.decisions("w-401m")) == 2)


def without_certificate(options, http2):
    context = ssl.create_default_context(cafile=str(pathlib.Path(options.certs) / "ca.pem"))
    try:
        with httpx.Client(base_url=f"https://{options.target}", verify=context, http2=http2, timeout=10) as http:
            answer = http.post(ONE, json=ALLOWED)
        check("without a certificate nothing is answered", False, answer.text)
    except (httpx.TransportError, ssl.SSLError):
        check("without a certificate nothing is answered", True)


def at_once(options, context, http2):
    async def ask_all():
        limits = httpx.Limits(max_connections=1 if http2 else 8)
        async with httpx.AsyncClient(
                base_url=f"https://{options.target}", verify=context, http2=http2, limits=limits, timeout=common.TIMEOUT) as http:
            return await asyncio.gather(*(http.post(ONE, json=ALLOWED) for _ in range(400)))

    decisions = [answer.json()["decision"] for answer in asyncio.run(ask_all())]
    check("400 questions at once", decisions == [True] * 400, decisions)


def with_curl(options, version):
    if shutil.which("curl") is None:
        return print("skipped curl: it is not installed")
    certs = pathlib.Path(options.certs)
    holder = getattr(options, "as")
    output = subprocess.run(
        ["curl", "--silent", "--show-error", f"--{version}", "--max-time", "20", "--cacert", certs / "ca.pem", "--cert",
         certs / f"{holder}.pem", "--key", certs / f"{holder}.key", "--write-out", "\n%{http_version} %{http_code}",
         "--header", "content-type: application/json", "--data", json.dumps(ALLOWED), f"https://{options.target}{ONE}"],
        capture_output=True, text=True, check=False)
    lines = output.stdout.rsplit("\n", 1)
    wanted = "2 200" if version == "http2" else "1.1 200"
    check(f"curl --{version}", lines[-1] == wanted and json.loads(lines[0])["decision"] is True, output)


def failing(http, world):
    world.fail(world.pb[3].TESTING_FAULT_EVALUATION)
    value = http.post(ONE, json={**ALLOWED, "subject": SUBJECT, "resource": ENTRY}).json()
    check("a rule that fails denies", value["decision"] is False and value["context"]["reasons"] == [
        "deny.evaluation_error"], value)
    world.settle()
    world.fail(world.pb[3].TESTING_FAULT_RECORDING)
    for path, body in ((ONE, ALLOWED), (MANY, {**ALLOWED, "evaluations": [{}, {}]}), (
            MANY, {**ALLOWED, "evaluations": [{}, {}], "options": {"evaluations_semantic": "permit_on_first_permit"}})):
        answer = http.post(path, json=body)
        value = answer.json()
        decisions = value["evaluations"] if "evaluations" in value else [value]
        check(f"{path}: what cannot be recorded is denied", answer.status_code == 200 and all(
            item["decision"] is False and item["context"]["reasons"] == ["deny.unrecorded"] and "entry" not in item["context"]
            for item in decisions), value)
        if "evaluations" in body:
            check(f"{path}: each of them", len(decisions) == 2, value)
    for evaluations in ([{}] * 2048, [{"subject": 7}] * 2048):
        answer = http.post(MANY, json={
            **ALLOWED, "evaluations": evaluations, "options": {"evaluations_semantic": "permit_on_first_permit"}})
        check("one after the other, each refused at once: all are answered", answer.status_code == 200 and [
            item["decision"] for item in answer.json()["evaluations"]] == [False] * 2048, answer.text[:200])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("target", "certs", "as"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--http", choices=VERSIONS, action="append", help="one version of HTTP; without it each")
    options = parser.parse_args()
    common.stubs()
    world = World(options)
    certs, holder = pathlib.Path(options.certs), getattr(options, "as")
    context = ssl.create_default_context(cafile=str(certs / "ca.pem"))
    context.load_cert_chain(certs / f"{holder}.pem", certs / f"{holder}.key")
    for version in options.http or VERSIONS:
        label, http2 = f"HTTP/{version}", version == "2"
        world.settle()
        with httpx.Client(
                base_url=f"https://{options.target}", verify=context, http2=http2, http1=not http2,
                timeout=common.TIMEOUT) as http:
            check(f"{label} is spoken", http.get(WELL_KNOWN).http_version == label)
            single(http, world, label.replace("/", "-"))
            same_as_grpc(http, world)
            denials(http)
            errors(http, world)
            several(http, world)
            metadata(http, options.target)
            callers(http, world)
            at_once(options, context, http2)
            failing(http, world)
        world.settle()
        with_curl(options, "http2" if http2 else "http1.1")
        without_certificate(options, http2)
    common.finish()


if __name__ == "__main__":
    main()
