// PortvaktCoreTests
