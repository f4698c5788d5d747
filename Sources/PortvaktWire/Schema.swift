internal import CPortvaktProto

/// The proto files that the service speaks, as a serialized `google.protobuf.FileDescriptorSet`, imports included.
public enum Schema {
    public static var descriptorSet: [UInt8] {
        var length = 0
        let start = unsafe portvakt_descriptor_set(&length)
        return unsafe Array(UnsafeBufferPointer(start: start, count: length))
    }
}
