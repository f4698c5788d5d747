import Testing

@testable import PortvaktServer

@Suite("The page of metrics")
struct MetricsTextTests {
    @Test("has a help and a type line for each figure, and one line for each label")
    func format() {
        var text = MetricsText()
        text.add("a_total", .counter, "How many.", 3)
        text.add("b", .gauge, "By word.", by: "word", [("x", 1), ("y", 2)])
        #expect(
            text.text == """
                # HELP a_total How many.
                # TYPE a_total counter
                a_total 3
                # HELP b By word.
                # TYPE b gauge
                b{word="x"} 1
                b{word="y"} 2

                """)
    }
}
