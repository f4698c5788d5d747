// PortvaktScenarios
