internal import CNghttp2

/// Header lists that most answers have, as nghttp2 takes them, in memory that is made once and never freed.
enum ConstantFields {
    /// `:status: 200`, `content-type: application/grpc`.
    static let response = ConstantFieldList([(":status", "200"), ("content-type", "application/grpc")])
    /// `grpc-status: 0`.
    static let okTrailers = ConstantFieldList([("grpc-status", "0")])
}

/// One immortal header list.
///
/// `@unchecked Sendable`: written in `init` and only read afterwards, by nghttp2 too (it takes the names and values
/// as constant with the NO_COPY flags).
@safe struct ConstantFieldList: @unchecked Sendable {
    let start: UnsafeMutablePointer<nghttp2_nv>
    let count: Int

    init(_ fields: [(StaticString, StaticString)]) {
        unsafe start = UnsafeMutablePointer<nghttp2_nv>.allocate(capacity: fields.count)
        count = fields.count
        let flags = UInt8(NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue)
        for (index, field) in fields.enumerated() {
            unsafe (start + index).initialize(
                to: nghttp2_nv(
                    name: UnsafeMutablePointer(mutating: field.0.utf8Start),
                    value: UnsafeMutablePointer(mutating: field.1.utf8Start),
                    namelen: field.0.utf8CodeUnitCount, valuelen: field.1.utf8CodeUnitCount, flags: flags))
        }
    }
}

extension HTTP2Fields {
    /// The list as nghttp2 takes it; nghttp2 copies names and values.
    func withNghttp2<Result>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result) -> Result {
        unsafe bytes.withUnsafeBufferPointer { raw in
            unsafe withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: max(spans.count, 1)) { list in
                for (index, span) in spans.enumerated() {
                    let name = unsafe UnsafeMutablePointer(mutating: raw.baseAddress! + span.nameStart)
                    let flags = span.isSensitive ? NGHTTP2_NV_FLAG_NO_INDEX.rawValue : NGHTTP2_NV_FLAG_NONE.rawValue
                    unsafe list[index] = unsafe nghttp2_nv(
                        name: name, value: name + span.nameLength, namelen: span.nameLength,
                        valuelen: span.valueLength, flags: UInt8(flags))
                }
                return unsafe body(UnsafePointer(list.baseAddress), spans.count)
            }
        }
    }
}
