// PortvaktTesting
