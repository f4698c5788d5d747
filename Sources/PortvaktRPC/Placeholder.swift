// PortvaktRPC
