// PortvaktSQLite
