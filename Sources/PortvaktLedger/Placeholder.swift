// PortvaktLedger
