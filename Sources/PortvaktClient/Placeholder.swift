// PortvaktClient
