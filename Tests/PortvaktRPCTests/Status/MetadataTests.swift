import Testing

@testable import PortvaktRPC

@Suite struct MetadataTests {
    @Test(
        "Names of gRPC and HTTP cannot be added",
        arguments: ["grpc-status", "grpc-timeout", "content-type", "te", "host"])
    func reserved(name: String) {
        var metadata = Metadata()
        #expect(throws: MetadataError.reservedName(name)) { try metadata.add(name, "x") }
    }

    @Test("Names with other characters cannot be added", arguments: ["", "Trace", "a b", ":path", "\u{e6}", "a\n"])
    func invalidName(name: String) {
        var metadata = Metadata()
        #expect(throws: MetadataError.invalidName(name)) { try metadata.add(name, "x") }
    }

    @Test("Only a -bin name may carry bytes outside printable ASCII")
    func values() throws {
        var metadata = Metadata()
        #expect(throws: MetadataError.invalidValue("trace")) { try metadata.add("trace", "a\u{e6}") }
        #expect(throws: MetadataError.invalidValue("trace")) { try metadata.add("trace", "a\r\nb: c") }
        try metadata.add("trace-bin", bytes: [0, 255])
        try metadata.add("trace", "plain")
        #expect(metadata["trace-bin"] == [0, 255])
        #expect(metadata["trace"] == Array("plain".utf8))
        #expect(metadata["other"] == nil)
        #expect(metadata.entries.map(Metadata.wireValue(of:)) == [Array("AP8".utf8), Array("plain".utf8)])
    }

    @Test("A received -bin value may be several, with or without padding; what is not base64 is passed over")
    func receivedBinary() {
        var metadata = Metadata()
        receive(&metadata, "k-bin", "AP8=, AQ , !!,")
        #expect(metadata.all("k-bin") == [[0, 255], [1], []])
    }

    @Test("Received fields of gRPC and HTTP are not metadata")
    func receivedReserved() {
        var metadata = Metadata()
        for name in [":status", "grpc-status", "content-type", "te"] { receive(&metadata, name, "1") }
        #expect(metadata.isEmpty)
    }

    @Test("The size is counted as HTTP/2 counts it: names, values as sent, and 32 for each field")
    func listSize() throws {
        var metadata = Metadata()
        try metadata.add("abc", "12345")
        try metadata.add("b-bin", bytes: [1, 2, 3, 4])
        #expect(metadata.listSize == (3 + 5 + 32) + (5 + 6 + 32))
    }

    private func receive(_ metadata: inout Metadata, _ name: String, _ value: String) {
        Array(value.utf8).withUnsafeBytes { metadata.receive(name: name, value: $0) }
    }
}
