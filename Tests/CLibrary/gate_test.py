"""The gate for C from Python's ctypes against a real daemon: library, address, folder of certificates, all or dead."""
import ctypes
import sys
import threading

OK, REFUSED, UNANSWERED, BAD_ARGUMENT = 0, 1, 2, 3
RELEASE = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_char_p)
OBLIGATION = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
POINTERS = [
    "portvakt_options_new", "portvakt_question_new",
]
TEXTS = ["portvakt_ruling_reason", "portvakt_ruling_text", "portvakt_ruling_receipt"]


def load(path):
    library = ctypes.CDLL(path)
    for name in POINTERS:
        getattr(library, name).restype = ctypes.c_void_p
    for name in TEXTS:
        getattr(library, name).restype = ctypes.c_char_p
        getattr(library, name).argtypes = [ctypes.c_void_p]
    for name in ["portvakt_options_set", "portvakt_question_set"]:
        getattr(library, name).argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
    for name in ["options_free", "question_free", "ruling_free", "gate_close"]:
        getattr(library, "portvakt_" + name).argtypes = [ctypes.c_void_p]
    library.portvakt_gate_count.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    library.portvakt_gate_count.restype = ctypes.c_uint64
    library.portvakt_options_handle.argtypes = [ctypes.c_void_p, ctypes.c_char_p, OBLIGATION, ctypes.c_void_p]
    library.portvakt_disclose.argtypes = [
        ctypes.c_void_p, ctypes.c_void_p, RELEASE, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)]
    return library


class Gate:
    def __init__(self, library, address, certs, handler=None):
        self.library = library
        options = library.portvakt_options_new()
        values = {
            "address": address, "certificate": certs + "/journal.pem", "key": certs + "/journal.key",
            "ca": certs + "/ca.pem", "crl": certs + "/crl.pem", "timeout_ms": "20000"}
        for key, value in values.items():
            assert library.portvakt_options_set(options, key.encode(), value.encode()) == OK, key
        self.handler = OBLIGATION(handler) if handler else None
        if handler:
            assert library.portvakt_options_handle(options, b"log", self.handler, None) == OK
        else:
            assert library.portvakt_options_set(options, b"handles", b"log") == OK
        self.pointer, error = ctypes.c_void_p(), ctypes.c_char_p()
        assert library.portvakt_gate_open(
            ctypes.c_void_p(options), ctypes.byref(self.pointer), ctypes.byref(error)) == OK, error.value
        library.portvakt_options_free(options)

    def disclose(self, employment, release):
        library, question = self.library, self.library.portvakt_question_new()
        values = {
            "actor.employment": employment, "action": "log.read", "object.case": "sak", "need": "true",
            "assurance": "high", "purpose": "samordning",
            "entry.category": "education", "entry.author": "skole", "entry.about": "barn"}
        for key, value in values.items():
            assert library.portvakt_question_set(question, key.encode(), value.encode()) == OK, key
        ruling = ctypes.c_void_p()
        result = library.portvakt_disclose(self.pointer, question, RELEASE(release), None, ctypes.byref(ruling))
        reason = library.portvakt_ruling_reason(ruling)
        library.portvakt_ruling_free(ruling)
        library.portvakt_question_free(question)
        return result, reason.decode()

    def close(self):
        self.library.portvakt_gate_close(self.pointer)


def main(path, address, certs, what):
    library = load(path)
    with open("/proc/self/maps") as maps:
        assert "libswift" not in maps.read(), "a Swift runtime of the machine's was loaded"
    shown = []

    def release(_, receipt):
        shown.append(receipt.decode())
        return 0

    if what == "dead":
        gate = Gate(library, address, certs)
        result, reason = gate.disclose("radgiver", release)
        assert result == UNANSWERED and reason in ("unreachable", "deadline") and not shown, (result, reason)
        gate.close()
        return
    gate = Gate(library, address, certs)
    assert gate.disclose("radgiver", release) == (OK, "allow.consent")
    assert len(shown) == 1 and shown[0].startswith("portvakt-receipt/1 decisions/")
    result, reason = gate.disclose("no-such", release)
    assert result == REFUSED and reason.startswith("deny.") and len(shown) == 1, (result, reason)
    assert library.portvakt_question_set(None, b"action", b"log.read") == BAD_ARGUMENT
    threads = [threading.Thread(target=gate.disclose, args=("radgiver", release)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shown) == 51 and library.portvakt_gate_count(gate.pointer, b"allowed") == 51
    gate.close()

    # A handler that fails keeps everything closed.
    gate = Gate(library, address, certs, handler=lambda _, obligation, receipt: 1)
    result, reason = gate.disclose("radgiver", release)
    if reason != "allow.consent":
        assert result == UNANSWERED and reason == "obligation_failed" and len(shown) == 51, (result, reason)
    gate.close()


main(*sys.argv[1:])
print(sys.argv[4] + " from Python: as it must be")
