// Settling: a state is laid anew in memory so that a decision about a case finds all that it reads side by side.

extension StateTables {
    /// Lays every case with its meetings, its subject and who decides for them, then everybody else, then who asks.
    mutating func settle() {
        let shelf = FactShelf()
        self.shelf = shelf
        var isLaid = [Bool](repeating: false, count: persons.places)
        for handle in cases.allHandles {
            guard let file = cases[handle] else { continue }
            cases.put(CaseFile(file.parts, on: shelf), at: handle)
            for id in file.meetings {
                if let meeting = meetings[id] {
                    meetings.put(Filed(settling: meeting, in: &self), at: meeting.facts.facts.handle)
                }
            }
            let facts = file.facts.facts
            lay(facts.subject, &isLaid, shelf)
            guard let subject = persons[facts.subject] else { continue }
            for authority in subject.authorities {
                if case .person(let holder) = authority.facts.facts.holder { lay(holder, &isLaid, shelf) }
            }
        }
        for handle in persons.allHandles { lay(handle, &isLaid, shelf) }
        for handle in units.allHandles {
            if let unit = units[handle] { units.put(UnitFile(unit.parts, on: shelf), at: handle) }
        }
        for handle in employments.allHandles {
            if let employment = employments[handle] {
                employments.put(Filed(settling: employment, in: &self), at: handle)
            }
        }
        persons.settle(on: shelf)
        cases.settle(on: shelf)
        employments.settle(on: shelf)
        units.settle(on: shelf)
        meetings.settle(on: shelf)
        controllers.settle(on: shelf)
        self.shelf = nil
    }

    private mutating func lay(_ handle: Handle<Person>, _ isLaid: inout [Bool], _ shelf: FactShelf) {
        guard handle.index >= 0, !isLaid[Int(handle.index)], let file = persons[handle] else { return }
        isLaid[Int(handle.index)] = true
        persons.put(PersonFile(file.parts, on: shelf), at: handle)
    }
}
