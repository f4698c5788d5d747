// PortvaktServer
