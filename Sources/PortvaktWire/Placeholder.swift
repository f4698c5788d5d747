// PortvaktWire
