// PortvaktStoreTesting
