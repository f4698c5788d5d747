import Foundation
import Testing

@testable import PortvaktLedger

/// Proofs made by others (Vectors/README.md).
@Suite("Proofs of RFC 6962, known answers")
struct TreeVectorTests {
    struct Inclusion: Decodable, Sendable {
        var name: String
        var leafIdx: UInt64
        var treeSize: UInt64
        var root: String?
        var leafHash: String?
        var proof: [String]?
        var wantErr: Bool
    }

    struct Consistency: Decodable, Sendable {
        var name: String
        var size1: UInt64
        var size2: UInt64
        var root1: String?
        var root2: String?
        var proof: [String]?
        var wantErr: Bool
    }

    static func load<Vector: Decodable>(_ name: String) throws -> [Vector] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Vectors")
        return try JSONDecoder().decode([Vector].self, from: Data(contentsOf: folder.appendingPathComponent(name)))
    }

    /// `nil` when it is no hash: a proof with such a thing in it cannot even be made.
    static func digest(_ text: String?) -> Digest? {
        guard let text, let data = Data(base64Encoded: text) else { return nil }
        return Digest([UInt8](data))
    }

    /// Some vectors' roots are texts shorter than a hash ("don't care"): filled up with zeros they are as equal or
    /// unequal as before.
    static func root(_ text: String?) -> Digest? {
        guard let text, let data = Data(base64Encoded: text), data.count <= Digest.byteCount else { return nil }
        return Digest([UInt8](data) + [UInt8](repeating: 0, count: Digest.byteCount - data.count))
    }

    static func digests(_ texts: [String]?) -> [Digest]? {
        let digests = (texts ?? []).map(digest)
        return digests.contains(nil) ? nil : digests.compactMap { $0 }
    }

    @Test("Every inclusion proof comes out as its vector says")
    func inclusion() throws {
        let vectors: [Inclusion] = try Self.load("rfc6962-inclusion.json")
        #expect(vectors.count == 98)
        for vector in vectors {
            var accepted = false
            if let leaf = Self.digest(vector.leafHash), let root = Self.root(vector.root),
                let path = Self.digests(vector.proof)
            {
                accepted = InclusionProof(index: vector.leafIdx, treeSize: vector.treeSize, path: path)
                    .leads(from: leaf, to: root)
            }
            #expect(accepted == !vector.wantErr, "\(vector.name)")
        }
    }

    @Test("Every consistency proof comes out as its vector says")
    func consistency() throws {
        let vectors: [Consistency] = try Self.load("rfc6962-consistency.json")
        #expect(vectors.count == 98)
        for vector in vectors {
            var accepted = false
            if let older = Self.root(vector.root1), let newer = Self.root(vector.root2),
                let path = Self.digests(vector.proof)
            {
                accepted = ConsistencyProof(olderSize: vector.size1, newerSize: vector.size2, path: path)
                    .joins(older, newer)
            }
            #expect(accepted == !vector.wantErr, "\(vector.name)")
        }
    }

    @Test("From nothing to nothing both roots must be the hash of nothing; from nothing to something there is no proof")
    func fromNothing() throws {
        let empty = try TreeHasher().emptyRoot
        #expect(empty.description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        let nothing = ConsistencyProof(olderSize: 0, newerSize: 0, path: [])
        #expect(nothing.joins(empty, empty))
        #expect(!nothing.joins(.zero, .zero))
        #expect(!nothing.joins(.zero, empty))
        #expect(!ConsistencyProof(olderSize: 0, newerSize: 1, path: []).joins(empty, try TreeHasher().leaf([])))
    }
}
