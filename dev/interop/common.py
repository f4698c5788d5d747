"""What the programs of this folder share: named checks, stubs generated from proto/, a channel, a small town of records."""

import atexit
import pathlib
import shutil
import sys
import tempfile

import grpc
import grpc_tools
from grpc_tools import protoc

# Patient: a debug build on a busy machine looks through thousands of decisions. Seconds.
TIMEOUT = 60
PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
failures = []
counted = 0


def check(name, condition, found=""):
    global counted
    counted += 1
    print(("ok      " if condition else "FAILED  ") + name + ("" if condition else f": {found}"))
    if not condition:
        failures.append(name)


def finish():
    """Says how it went, as the last line and as the exit status."""
    print(f"{counted} checks, {len(failures)} failed")
    sys.exit(1 if failures else 0)


def stubs():
    """Generates the stubs from the proto files; they can be imported afterwards. Returns their folder, which goes when the program ends."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, True)
    files = [str(path.relative_to(PROTO)) for path in sorted((PROTO / "portvakt/v1").glob("*.proto"))]
    files += [str(path.relative_to(PROTO)) for path in sorted((PROTO / "google/rpc").glob("*.proto"))]
    builtin = str(pathlib.Path(grpc_tools.__file__).parent / "_proto")
    code = protoc.main(["protoc", f"-I{PROTO}", f"-I{builtin}", f"--python_out={folder}", f"--grpc_python_out={folder}", *files])
    if code != 0:
        sys.exit(f"protoc ended with {code}")
    sys.path.insert(0, folder)
    return folder


def credentials(certs, holder):
    certs = pathlib.Path(certs)
    return grpc.ssl_channel_credentials(
        (certs / "ca.pem").read_bytes(), (certs / f"{holder}.key").read_bytes(), (certs / f"{holder}.pem").read_bytes())


def code_of(call):
    """The status code that a call ends with."""
    try:
        call()
        return grpc.StatusCode.OK
    except grpc.RpcError as error:
        return error.code()


def details_of(error):
    """The google.rpc.ErrorInfo and the field violations of a failed call: (reason, [field, ...])."""
    from google.rpc import error_details_pb2, status_pb2

    raw = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    if raw is None:
        return None, []
    status = status_pb2.Status.FromString(raw)
    if status.code != error.code().value[0]:
        raise AssertionError("grpc-status-details-bin has another code than grpc-status")
    reason, fields = None, []
    for detail in status.details:
        info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(request):
            fields += [violation.field for violation in request.field_violations]
    return reason, fields


def header(request_id="", employment=""):
    value = {"controller": "kommune-a", "request_id": request_id}
    if employment:
        value["actor"] = {"employment": employment}
    return value


def consent(voc, name, giver, case="sak", **more):
    return {
        "id": name, "case_id": case, "given_by": {"person": giver}, "capacity": voc.CONSENT_CAPACITY_FORELDREANSVAR,
        "services": ["skole", "ppt"], "purposes": [voc.PURPOSE_SAMORDNING], "form": voc.CONSENT_FORM_SKRIFTLIG,
        "evidence": True, "informed": True, **more}


def town(voc):
    """A school and PPT, a child with two parents, and a case with its log open, as records."""
    role = voc.EMPLOYMENT_ROLE_MEDARBEIDER
    known = voc.AUTHORITY_STATUS_KNOWN
    guardian = voc.AUTHORITY_KIND_FORELDREANSVAR
    none = voc.PROTECTION_NONE
    return [
        {"controller": {"id": "kommune-a", "kind": voc.CONTROLLER_KIND_KOMMUNE}},
        {"unit": {"id": "skole", "service": "skole", "controller": "kommune-a"}},
        {"unit": {"id": "ppt", "service": "ppt", "controller": "kommune-a"}},
        {"person": {"id": "barn", "born": "2018-03-10", "protection": none}},
        {"person": {"id": "mor", "born": "1986-04-17", "protection": none}},
        {"person": {"id": "far", "born": "1984-09-02", "protection": none}},
        *({"person": {"id": f"p-{name}", "protection": none}} for name in ("larer", "radgiver", "leder", "ombud")),
        {"authority": {"id": "fa-mor", "holder": {"person": "mor"}, "over": "barn", "kind": guardian, "status": known, "resident": True}},
        {"authority": {"id": "fa-far", "holder": {"person": "far"}, "over": "barn", "kind": guardian, "status": known, "resident": True}},
        {"employment": {"id": "larer", "person": "p-larer", "unit": "skole", "role": role}},
        {"employment": {"id": "radgiver", "person": "p-radgiver", "unit": "ppt", "role": role}},
        {"employment": {"id": "leder", "person": "p-leder", "unit": "ppt", "role": voc.EMPLOYMENT_ROLE_LEDER}},
        {"employment": {"id": "ombud", "person": "p-ombud", "unit": "skole", "role": voc.EMPLOYMENT_ROLE_PERSONVERNOMBUD}},
        {"case_record": {
            "id": "sak", "subject": "barn", "controller": "kommune-a", "level": 2, "log": voc.LOG_STATE_OPEN, "holder": "larer",
            "plan": voc.PLAN_STATE_NONE, "kind": voc.CASE_KIND_BTI}},
        {"grant": {
            "id": "deltar", "case_id": "sak", "to": {"employment": "radgiver"}, "role": voc.GRANT_ROLE_DELTAKER,
            "document": voc.GRANT_DOCUMENT_LOG, "granted_by": {"employment": "larer"}, "state": voc.GRANT_STATE_GRANTED}},
        {"consent": consent(voc, "s-mor", "mor", state=voc.CONSENT_STATE_GIVEN)},
        {"consent": consent(voc, "s-far", "far", state=voc.CONSENT_STATE_GIVEN)},
    ]
