internal import CGrpcProto
internal import CProtobufC

/// `StatusDetails` as a serialized `google.rpc.Status`, with protobuf-c.
enum StatusDetailsCoder {
    static let errorInfoType = "type.googleapis.com/google.rpc.ErrorInfo"
    static let badRequestType = "type.googleapis.com/google.rpc.BadRequest"

    // MARK: Encoding

    /// At most ``RPCStatus/maxDetailsSize`` bytes; empty when not even the least fits.
    static func encode(_ code: StatusCode, _ message: String, _ details: StatusDetails) -> [UInt8] {
        var kept = details
        while true {
            let bytes = pack(code, message, kept)
            if bytes.count <= RPCStatus.maxDetailsSize { return bytes }
            let left = kept.fieldViolations.count / 2
            if left > 0 {
                kept.fieldViolations = Array(details.fieldViolations.prefix(left - 1))
                let dropped = details.fieldViolations.count - kept.fieldViolations.count
                kept.fieldViolations.append(.init(field: "", description: "and \(dropped) more"))
            } else if kept.errorInfo?.metadata.isEmpty == false {
                kept.errorInfo?.metadata = [:]
            } else {
                return []
            }
        }
    }

    private static func pack(_ code: StatusCode, _ message: String, _ details: StatusDetails) -> [UInt8] {
        var arena = ProtoArena()
        var parts: [(type: String, bytes: [UInt8])] = []
        if let info = details.errorInfo { parts.append((errorInfoType, pack(info))) }
        if !details.fieldViolations.isEmpty { parts.append((badRequestType, pack(details.fieldViolations))) }
        var status = unsafe Google__Rpc__Status()
        unsafe google__rpc__status__init(&status)
        unsafe status.code = Int32(code.rawValue)
        unsafe status.message = unsafe arena.text(message)
        let list = unsafe arena.array(of: UnsafeMutablePointer<Google__Protobuf__Any>?.self, count: parts.count)
        for (index, part) in parts.enumerated() {
            let any = unsafe arena.array(of: Google__Protobuf__Any.self, count: 1)
            unsafe google__protobuf__any__init(any)
            unsafe any.pointee.type_url = unsafe arena.text(part.type)
            unsafe any.pointee.value.data = unsafe arena.array(of: UInt8.self, count: part.bytes.count)
            for (offset, byte) in part.bytes.enumerated() { unsafe any.pointee.value.data[offset] = byte }
            unsafe any.pointee.value.len = part.bytes.count
            unsafe list[index] = unsafe any
        }
        unsafe status.n_details = parts.count
        unsafe status.details = unsafe list
        return unsafe packed(google__rpc__status__get_packed_size(&status)) {
            unsafe google__rpc__status__pack(&status, $0)
        }
    }

    private static func pack(_ info: StatusDetails.ErrorInfo) -> [UInt8] {
        typealias Entry = Google__Rpc__ErrorInfo__MetadataEntry
        var arena = ProtoArena()
        var message = unsafe Google__Rpc__ErrorInfo()
        unsafe google__rpc__error_info__init(&message)
        unsafe message.reason = unsafe arena.text(info.reason)
        unsafe message.domain = unsafe arena.text(info.domain)
        let entries = unsafe arena.array(of: UnsafeMutablePointer<Entry>?.self, count: info.metadata.count)
        for (index, pair) in info.metadata.sorted(by: { $0.key < $1.key }).enumerated() {
            let entry = unsafe arena.array(of: Entry.self, count: 1)
            unsafe google__rpc__error_info__metadata_entry__init(entry)
            unsafe entry.pointee.key = unsafe arena.text(pair.key)
            unsafe entry.pointee.value = unsafe arena.text(pair.value)
            unsafe entries[index] = unsafe entry
        }
        unsafe message.n_metadata = info.metadata.count
        unsafe message.metadata = unsafe entries
        return unsafe packed(google__rpc__error_info__get_packed_size(&message)) {
            unsafe google__rpc__error_info__pack(&message, $0)
        }
    }

    private static func pack(_ violations: [StatusDetails.FieldViolation]) -> [UInt8] {
        typealias Violation = Google__Rpc__BadRequest__FieldViolation
        var arena = ProtoArena()
        var message = unsafe Google__Rpc__BadRequest()
        unsafe google__rpc__bad_request__init(&message)
        let list = unsafe arena.array(of: UnsafeMutablePointer<Violation>?.self, count: violations.count)
        for (index, violation) in violations.enumerated() {
            let entry = unsafe arena.array(of: Violation.self, count: 1)
            unsafe google__rpc__bad_request__field_violation__init(entry)
            unsafe entry.pointee.field = unsafe arena.text(violation.field)
            unsafe entry.pointee.description = unsafe arena.text(violation.description)
            unsafe list[index] = unsafe entry
        }
        unsafe message.n_field_violations = violations.count
        unsafe message.field_violations = unsafe list
        return unsafe packed(google__rpc__bad_request__get_packed_size(&message)) {
            unsafe google__rpc__bad_request__pack(&message, $0)
        }
    }

    private static func packed(_ size: Int, _ pack: (UnsafeMutablePointer<UInt8>?) -> Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = unsafe pack(buffer.baseAddress)
        }
    }

    // MARK: Decoding

    /// Nil: the bytes are not a `google.rpc.Status`.
    static func decode(_ bytes: [UInt8]) -> StatusDetails? {
        guard let status = unsafe google__rpc__status__unpack(nil, bytes.count, bytes) else { return nil }
        defer { unsafe google__rpc__status__free_unpacked(status, nil) }
        var details = StatusDetails()
        for index in 0..<(unsafe status.pointee.n_details) {
            guard let any = unsafe status.pointee.details[index] else { continue }
            let value = unsafe any.pointee.value
            switch unsafe ProtoText.lenient(any.pointee.type_url) {
            case errorInfoType: details.errorInfo = unsafe errorInfo(value) ?? details.errorInfo
            case badRequestType: details.fieldViolations += unsafe fieldViolations(value)
            default: continue
            }
        }
        return details
    }

    private static func errorInfo(_ value: ProtobufCBinaryData) -> StatusDetails.ErrorInfo? {
        guard let message = unsafe google__rpc__error_info__unpack(nil, value.len, value.data) else { return nil }
        defer { unsafe google__rpc__error_info__free_unpacked(message, nil) }
        var info = unsafe StatusDetails.ErrorInfo(
            reason: ProtoText.lenient(message.pointee.reason), domain: ProtoText.lenient(message.pointee.domain))
        for index in 0..<(unsafe message.pointee.n_metadata) {
            guard let entry = unsafe message.pointee.metadata[index] else { continue }
            let key = unsafe ProtoText.lenient(entry.pointee.key)
            info.metadata[key] = unsafe ProtoText.lenient(entry.pointee.value)
        }
        return info
    }

    private static func fieldViolations(_ value: ProtobufCBinaryData) -> [StatusDetails.FieldViolation] {
        guard let message = unsafe google__rpc__bad_request__unpack(nil, value.len, value.data) else { return [] }
        defer { unsafe google__rpc__bad_request__free_unpacked(message, nil) }
        return unsafe (0..<message.pointee.n_field_violations).compactMap { index in
            guard let entry = unsafe message.pointee.field_violations[index] else { return nil }
            return unsafe StatusDetails.FieldViolation(
                field: ProtoText.lenient(entry.pointee.field),
                description: ProtoText.lenient(entry.pointee.description))
        }
    }
}
