// PortvaktYAML
