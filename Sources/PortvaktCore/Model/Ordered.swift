/// Sorting by one body for every kind of element.
///
/// The library's own sort is compiled anew for each kind of element and each order, some five kilobytes every time; the
/// lists of the house are sorted where nobody counts nanoseconds (docs/decisions/0035).
extension Sequence {
    /// The elements by an order; those that are alike in it keep theirs.
    package func ordered(by precedes: (Element, Element) -> Bool) -> [Element] {
        let elements = Array(self)
        return Places.ordered(elements.count) { precedes(elements[$0], elements[$1]) }.map { elements[$0] }
    }
}

extension Sequence where Element: Comparable {
    /// The elements, the smallest first.
    package func ordered() -> [Element] { ordered { $0 < $1 } }
}

/// The places of a list's elements.
package enum Places {
    /// The places from 0 by an order of what stands there.
    @inline(never)
    package static func ordered(_ count: Int, by precedes: (Int, Int) -> Bool) -> [Int] {
        // The library keeps the order of what is alike, but does not promise it.
        (0..<count).sorted { left, right in
            if precedes(left, right) { return true }
            return left < right && !precedes(right, left)
        }
    }
}
