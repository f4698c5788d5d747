// PortvaktRPCTests
