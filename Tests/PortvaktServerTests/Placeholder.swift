// PortvaktServerTests
