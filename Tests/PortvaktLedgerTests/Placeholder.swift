// PortvaktLedgerTests
