package import PortvaktCore

// The names of the proto files for what a refusal names as files of records do.

extension RecordKind {
    /// The field of `Record` that holds a record of this kind.
    package var fieldName: String { self == .caseRecord ? "case_record" : word }
}

extension ChangeRefusal {
    /// The path of the field inside the record's message; empty when the record as a whole is meant.
    package var fieldPath: String {
        switch (kind, field) {
        case (_, "case"): "case_id"
        case (.authority, "until"), (.capacity, "until"), (.employment, "until"), (.grant, "until"),
            (.consent, "until"):
            "validity.until"
        case (.consent, "to"), (.consent, "to.services"): "services"
        case (.consent, "to.units"): "units"
        default: field
        }
    }
}
