import Foundation
import PortvaktCore
import Testing

@testable import portvakt

@Suite("portvakt certs, judged by the openssl program")
struct CertsTests {
    let scratch: Scratch
    let folder: String

    init() throws {
        scratch = try Scratch()
        folder = scratch.path("certs")
    }

    private func makeAuthority(_ more: String...) async throws {
        let made = try await Tool.portvakt("certs", "init", folder)
        try #require(made.status == 0, "\(made.error)")
    }

    private func verify(_ name: String) async throws -> Tool.Result {
        try await Tool.openssl(
            "verify", "-x509_strict", "-CAfile", "\(folder)/ca.pem", "-crl_check", "-CRLfile", "\(folder)/crl.pem",
            "\(folder)/\(name).pem")
    }

    private func text(_ name: String, _ options: String...) async throws -> String {
        try await Tool.sh("openssl x509 -in '\(folder)/\(name).pem' -noout \(options.joined(separator: " "))").output
    }

    @Test("init makes four certificates and a list that verify strictly")
    func initVerifies() async throws {
        try await makeAuthority()
        for name in ["server", "officer", "administrator"] {
            let verified = try await verify(name)
            #expect(verified.status == 0, "\(verified.error)")
        }
        let list = try await Tool.openssl("crl", "-in", "\(folder)/crl.pem", "-CAfile", "\(folder)/ca.pem", "-noout")
        #expect(list.error.contains("verify OK"))
    }

    @Test("The server's certificate is for localhost, 127.0.0.1 and ::1, and for serving only")
    func serverNames() async throws {
        try await makeAuthority()
        let shown = try await text("server", "-ext subjectAltName,extendedKeyUsage,basicConstraints,keyUsage")
        #expect(shown.contains("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1"))
        #expect(shown.contains("TLS Web Server Authentication"))
        #expect(!shown.contains("Client Authentication"))
        #expect(shown.contains("CA:FALSE"))
        for (host, answer) in [("127.0.0.1", "does match"), ("10.0.0.1", "does NOT match")] {
            let checked = try await text("server", "-checkip \(host)")
            #expect(checked.contains(answer))
        }
    }

    @Test("A system's certificate carries its organisation number under OID 2.5.4.97")
    func organizationIdentifier() async throws {
        try await makeAuthority()
        let made = try await Tool.portvakt("certs", "system", folder, "journal", "--organization", "312345676")
        #expect(made.status == 0)
        #expect(made.output.contains("NTRNO-312345676"))
        let subject = try await text("journal", "-subject -nameopt oid,sep_multiline")
        #expect(subject.contains("2.5.4.97=NTRNO-312345676"))
        #expect(try await text("journal", "-ext extendedKeyUsage").contains("TLS Web Client Authentication"))
        #expect(try await verify("journal").status == 0)
    }

    @Test("A SPIFFE id stands alone among the alternative names, whatever characters it has")
    func spiffe() async throws {
        try await makeAuthority()
        let id = "spiffe://kommune.test/a,DNS:evil"
        let made = try await Tool.portvakt("certs", "system", folder, "plan", "--spiffe", id)
        #expect(made.status == 0, "\(made.error)")
        let names = try await text("plan", "-ext subjectAltName")
        #expect(names.contains("URI:\(id)"))
        #expect(try await text("plan", "-checkhost evil").contains("does NOT match"))
    }

    @Test("Keys are for their owner only, whatever the umask; P-384 when asked for")
    func keyModes() async throws {
        let made = try await Tool.sh("umask 0; portvakt certs init '\(folder)' --algorithm p384")
        #expect(made.status == 0, "\(made.error)")
        for name in ["ca", "server", "officer", "administrator"] {
            #expect(try scratch.mode("certs/\(name).key") == 0o600)
        }
        #expect(try await text("server", "-text").contains("NIST CURVE: P-384"))
        #expect(try await text("server", "-text").contains("ecdsa-with-SHA384"))
    }

    @Test("Nothing is overwritten, and a refused command leaves the folder as it was")
    func neverOverwrites() async throws {
        try await makeAuthority()
        let before = try await Tool.sh("cd '\(folder)' && sha256sum *")
        for arguments in [["init", folder], ["server", folder, "server"], ["officer", folder, "officer"]] {
            let quoted = arguments.map { "'\($0)'" }.joined(separator: " ")
            let again = try await Tool.sh("portvakt certs \(quoted)")
            #expect(again.status == 2)
            #expect(again.error.contains("never overwritten"))
        }
        // Nor is half a folder made: the next try would be refused for what the first one left.
        for name in ["administrator.key", "ca.pem", "crl.pem"] {
            let begun = try await Tool.sh(
                "mkdir begun && touch 'begun/\(name)'; portvakt certs init begun; echo $?; ls begun; rm -r begun",
                in: scratch.url)
            #expect(begun.output == "2\n\(name)\n", "\(begun.output)")
            #expect(begun.error.contains("begun/\(name) is there already"), "\(begun.error)")
        }
        // A key that is there alone keeps the certificate from being made.
        try await #expect(Tool.sh("touch '\(folder)/half.pem'").status == 0)
        let half = try await Tool.portvakt("certs", "officer", folder, "half")
        #expect(half.status == 2)
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/half.key"))
        let after = try await Tool.sh("cd '\(folder)' && rm half.pem && sha256sum *")
        #expect(after.output == before.output)
    }

    @Test("A revoked certificate no longer verifies, the others do, and the list's number grows")
    func revoke() async throws {
        try await makeAuthority()
        let revoked = try await Tool.portvakt(
            "certs", "revoke", folder, "\(folder)/officer.pem", "--reason", "keyCompromise")
        #expect(revoked.status == 0, "\(revoked.error)")
        let officer = try await verify("officer")
        #expect(officer.status != 0)
        #expect(officer.error.contains("certificate revoked"))
        #expect(try await verify("administrator").status == 0)
        let list = try await Tool.openssl("crl", "-in", "\(folder)/crl.pem", "-noout", "-text").output
        #expect(list.contains("Key Compromise"))
        #expect(try await Tool.openssl("crl", "-in", "\(folder)/crl.pem", "-noout", "-crlnumber").output.contains("02"))
        let shown = try await Tool.portvakt("certs", "show", folder, "\(folder)/officer.pem")
        #expect(shown.status == 1)
        #expect(shown.output.contains("revoked"))
    }

    @Test(
        "A certificate holds for the days that were asked for, begins a little earlier, and may do what its holder does and no more"
    )
    func lifetimesAndUses() async throws {
        let before = Int64(Date().timeIntervalSince1970)
        let made = try await Tool.portvakt(
            "certs", "init", folder, "--days", "7", "--authority-days", "20", "--list-days", "3", "--trust-domain",
            "kommune.test", "--host", "portvakt.kommune.test")
        try #require(made.status == 0, "\(made.error)")
        let after = Int64(Date().timeIntervalSince1970)
        func isOff(_ time: Int64, _ seconds: Int64) -> Bool { !(before + seconds...after + seconds).contains(time) }
        func seconds(_ line: String) async throws -> Int64 {
            let told = try await Tool.sh("date -d \"$(\(line) -noout | sed 's/.*=//')\" +%s", in: scratch.url)
            return try #require(Int64(told.output.trimmingCharacters(in: .newlines)), "\(told.error)")
        }
        for (name, days) in [("ca", Int64(20)), ("server", 7), ("officer", 7), ("administrator", 7)] {
            #expect(!isOff(try Certificate.load("\(folder)/\(name).pem").notAfter, days * 86_400), "\(name)")
            let start = try await seconds("openssl x509 -in certs/\(name).pem -startdate")
            #expect(!isOff(start, -Int64(CertificateRequest.backdating)), "clocks differ: \(name)")
        }
        #expect(!isOff(try await seconds("openssl crl -in certs/crl.pem -nextupdate"), 3 * 86_400))
        func uses(_ name: String) async throws -> [String] {
            let shown = try await text(name, "-ext keyUsage,extendedKeyUsage,basicConstraints,subjectAltName")
            return shown.split(separator: "\n").filter { $0.hasPrefix("    ") }
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
        #expect(try await uses("ca") == ["CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign"])
        let server = ["CA:FALSE", "Digital Signature", "TLS Web Server Authentication", "DNS:portvakt.kommune.test"]
        #expect(try await uses("server") == server)
        for name in ["officer", "administrator"] {
            #expect(
                try await uses(name) == [
                    "CA:FALSE", "Digital Signature", "TLS Web Client Authentication",
                    "URI:spiffe://kommune.test/\(name)",
                ])
        }
        let renewed = try await Tool.portvakt("certs", "renew", folder, "--list-days", "9")
        #expect(renewed.status == 0, "\(renewed.error)")
        let next = try await seconds("openssl crl -in certs/crl.pem -nextupdate")
        #expect(next >= before + 9 * 86_400 && next <= Int64(Date().timeIntervalSince1970) + 9 * 86_400)
        #expect(try scratch.mode("certs/crl.pem") == 0o644)
    }

    @Test("Each reason stands in the list as itself, and one that was not given not at all")
    func reasons() async throws {
        try await makeAuthority()
        for (reason, shown) in [
            ("unspecified", ""), ("keyCompromise", "Key Compromise"), ("affiliationChanged", "Affiliation Changed"),
            ("superseded", "Superseded"), ("cessationOfOperation", "Cessation Of Operation"),
        ] {
            let name = reason.lowercased()
            let made = try await Tool.sh(
                "portvakt certs officer certs \(name) && portvakt certs revoke certs certs/\(name).pem --reason \(reason)",
                in: scratch.url)
            try #require(made.status == 0, "\(made.error)")
            let serial = try Certificate.load("\(folder)/\(name).pem").serial.uppercased()
            let list = try await Tool.openssl("crl", "-in", "\(folder)/crl.pem", "-noout", "-text").output
            let entries = list.components(separatedBy: "Serial Number: ").dropFirst()
            let entry = try #require(entries.first { $0.hasPrefix(serial) }, "\(list)")
            let own = entry.components(separatedBy: "Signature Algorithm")[0]
            #expect(shown.isEmpty ? !own.contains("Reason Code") : own.contains(shown), "\(reason): \(own)")
        }
    }

    @Test("An authority with another's key signs nothing, and another's signature is not its own")
    func otherKey() async throws {
        try await makeAuthority()
        let swapped = try await Tool.sh(
            """
            portvakt certs init other && cp -r certs mixed && cp other/ca.key mixed/ca.key
            # Says to be issued by the first, and is signed by the second: both authorities have the same name.
            openssl req -new -key certs/officer.key -subj /CN=officer -out forged.csr
            openssl x509 -req -in forged.csr -CA other/ca.pem -CAkey other/ca.key -days 9 -out forged.pem
            """, in: scratch.url)
        try #require(swapped.status == 0, "\(swapped.error)")
        for line in ["officer mixed x", "renew mixed", "revoke mixed mixed/officer.pem"] {
            let refused = try await Tool.sh("portvakt certs \(line)", in: scratch.url)
            #expect(refused.status == 2 && refused.error.contains("is not the key of"), "\(line): \(refused.error)")
        }
        let shown = try await Tool.portvakt("certs", "show", folder, scratch.path("forged.pem"))
        #expect(shown.output.contains("of another authority"), "\(shown.output)")
        #expect(try await Tool.portvakt("certs", "revoke", folder, scratch.path("forged.pem")).status == 2)
    }

    @Test("A certificate that has ended is shown as that, with status 1, and one of another authority as neither")
    func ended() async throws {
        try await makeAuthority()
        #expect(try await Tool.portvakt("certs", "init", scratch.path("other")).status == 0)
        let signed = try await Tool.sh(
            """
            openssl req -new -key certs/officer.key -subj /CN=gone -out gone.csr
            openssl x509 -req -in gone.csr -CA certs/ca.pem -CAkey certs/ca.key -days -1 -out gone.pem
            """, in: scratch.url)
        try #require(signed.status == 0, "\(signed.error)")
        let gone = try await Tool.portvakt("certs", "show", folder, scratch.path("gone.pem"), "--json")
        #expect(gone.status == 1 && gone.output.contains("\"state\": \"ended\""), "\(gone.output)\(gone.error)")
        let valid = try await Tool.portvakt("certs", "show", folder, "\(folder)/officer.pem", "--json")
        #expect(valid.status == 0 && valid.output.contains("\"state\": \"valid\""), "\(valid.output)")
        let both = try await Tool.portvakt("certs", "show", folder, "\(folder)/officer.pem", scratch.path("gone.pem"))
        #expect(both.status == 1, "\(both.output)")
        let stranger = try await Tool.portvakt("certs", "show", folder, "\(scratch.path("other"))/officer.pem")
        #expect(stranger.output.contains("of another authority"), "\(stranger.output)")
        #expect(stranger.status == 1, "nobody here takes it")
    }

    /// The authority's own list, signed again: the next one is due so many days from now.
    private func dueList(in days: Int) throws -> RevocationList {
        let list = try RevocationList.load("\(folder)/crl.pem")
        try list.sign(
            by: try Certificate.load("\(folder)/ca.pem"), key: try PrivateKey.load("\(folder)/ca.key"), days: days)
        return list
    }

    /// What `certs show` says, for people and as JSON, of which the two must end alike.
    private func shown(_ names: String...) async throws -> (people: Tool.Result, json: [String: Any]) {
        let line = "portvakt certs show certs " + names.map { "'\($0)'" }.joined(separator: " ")
        let people = try await Tool.sh(line, in: scratch.url)
        let json = try await Tool.sh(line + " --json", in: scratch.url)
        #expect(json.status == people.status, "\(json.error)")
        let value = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        return (people, try #require(value, "\(json.output)\(json.error)"))
    }

    private func states(_ json: [String: Any]) -> [String] {
        (json["certificates"] as? [[String: Any]] ?? []).compactMap { $0["state"] as? String }
    }

    private func listState(_ json: [String: Any]) -> String? {
        (json["revocation_list"] as? [String: Any])?["state"] as? String
    }

    @Test("A revocation list past its next update is told as that, in a sentence and in JSON, with status 1")
    func staleList() async throws {
        try await makeAuthority()
        let fresh = try await shown("certs/officer.pem", "certs/ca.pem")
        #expect(fresh.people.status == 0 && states(fresh.json) == ["valid", "valid"], "\(fresh.people.output)")
        #expect(listState(fresh.json) == "current" && !fresh.people.output.contains("revocation list"))
        let list = try dueList(in: -1)
        let due = try #require(list.nextUpdate) * 1000
        #expect(!list.isStale(at: Instant(milliseconds: due - 1)) && list.isStale(at: Instant(milliseconds: due)))
        try Data(try list.pem()).write(to: scratch.file("certs/crl.pem"))
        let stale = try await shown("certs/officer.pem")
        #expect(stale.people.status == 1 && listState(stale.json) == "stale", "\(stale.json)")
        #expect(stale.people.output.contains("The revocation list certs/crl.pem is stale: the next one was due at "))
        #expect(stale.people.output.contains("portvakt certs renew certs"), "\(stale.people.output)")
        #expect(
            (stale.json["revocation_list"] as? [String: Any])?["next_update"] as? String
                == Instant(milliseconds: due).rfc3339)
        #expect(try await Tool.portvakt("certs", "renew", folder).status == 0)
        #expect(try await shown("certs/officer.pem").people.status == 0)
    }

    @Test("A list that another authority signed says nothing of who is revoked, and is not signed anew as its own")
    func foreignList() async throws {
        try await makeAuthority()
        // Both authorities have one name, so only the signature tells them apart.
        let replaced = try await Tool.sh(
            """
            portvakt certs init other && portvakt certs revoke certs certs/officer.pem &&
            cp certs/crl.pem own.pem && cp other/crl.pem certs/crl.pem
            """, in: scratch.url)
        try #require(replaced.status == 0, "\(replaced.error)")
        let other = try await shown("certs/server.pem", "certs/officer.pem")
        #expect(other.people.status == 1 && states(other.json) == ["unknown", "unknown"], "\(other.people.output)")
        #expect(listState(other.json) == "not signed by the authority")
        #expect(other.people.output.contains("nothing says who is revoked"), "\(other.people.output)")
        for line in ["renew certs", "revoke certs certs/server.pem"] {
            let refused = try await Tool.sh("portvakt certs \(line)", in: scratch.url)
            #expect(refused.status == 2 && refused.error.contains("was not signed by certs/ca.pem"), "\(refused.error)")
        }
        #expect(try await Tool.sh("cmp certs/crl.pem other/crl.pem", in: scratch.url).status == 0)
        // The authority's own, with another number in the place of the revoked certificate's: it was signed for the other.
        let serial = try Certificate.load("\(folder)/officer.pem").serial
        let changed = try await Tool.sh(
            """
            openssl crl -in own.pem -outform DER -out own.der && python3 - <<'END'
            bytes = bytearray(open('own.der', 'rb').read())
            bytes[bytes.index(bytes.fromhex('\(serial)')) + 15] ^= 1
            open('own.der', 'wb').write(bytes)
            END
            openssl crl -inform DER -in own.der -out certs/crl.pem
            """, in: scratch.url)
        try #require(changed.status == 0, "\(changed.error)")
        let forged = try await shown("certs/server.pem")
        #expect(forged.people.status == 1 && listState(forged.json) == "not signed by the authority")
    }

    @Test("A certificate ends with its authority at the latest, and that is said when it is before what was asked for")
    func authorityEnds() async throws {
        // Asked for as long as the authority: some seconds less are not told.
        let made = try await Tool.portvakt("certs", "init", folder, "--days", "20", "--authority-days", "20")
        #expect(made.status == 0 && made.error.isEmpty, "\(made.error)")
        let last = try Certificate.load("\(folder)/ca.pem").notAfter
        for name in ["server", "officer", "administrator"] {
            #expect(try Certificate.load("\(folder)/\(name).pem").notAfter <= last, "\(name)")
        }
        for (line, name) in [
            ("system certs journal --organization 312345676", "journal"), ("server certs node-2 --days 21", "node-2"),
            ("officer certs officer-2 --days 3650", "officer-2"), ("administrator certs admin-2 --json", "admin-2"),
        ] {
            let ran = try await Tool.sh("portvakt certs \(line)", in: scratch.url)
            let certificate = try Certificate.load("\(folder)/\(name).pem")
            #expect(ran.status == 0 && certificate.notAfter == last, "\(line): \(ran.error)")
            let said = "certs/\(name).pem ends with its authority, at \(certificate.validUntil), before the days"
            #expect(ran.error.hasPrefix(said) && ran.output.contains(certificate.validUntil), "\(line): \(ran.error)")
            #expect(try await verify(name).status == 0)
        }
        let within = try await Tool.portvakt("certs", "officer", folder, "officer-3", "--days", "19")
        #expect(within.status == 0 && within.error.isEmpty, "\(within.error)")
        #expect(try Certificate.load("\(folder)/officer-3.pem").notAfter < last)
    }

    @Test("An authority that has ended issues nothing, and what it has issued is shown as ended")
    func authorityEnded() async throws {
        _ = try AuthorityFolder(path: folder).make(algorithm: .p256, days: -1, listDays: 30, holders: [])
        let signed = try await Tool.sh(
            """
            openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout late.key -subj /CN=late -out late.csr
            openssl x509 -req -in late.csr -CA certs/ca.pem -CAkey certs/ca.key -days 9 -out late.pem
            """, in: scratch.url)
        try #require(signed.status == 0, "\(signed.error)")
        let late = try await shown("late.pem")
        #expect(late.people.status == 1 && states(late.json) == ["ended"], "\(late.people.output)")
        #expect(late.people.output.contains("The authority certs/ca.pem ended at "), "\(late.people.output)")
        #expect((late.json["authority"] as? [String: Any])?["state"] as? String == "ended")
        let refused = try await Tool.sh("portvakt certs officer certs officer", in: scratch.url)
        #expect(refused.status == 2 && refused.error.contains("certs/ca.pem ended at "), "\(refused.error)")
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/officer.key"))
    }

    @Test("A certificate has ended at its last instant, as for the library that judges it")
    func lastInstant() async throws {
        try await makeAuthority()
        let certificate = try Certificate.load("\(folder)/officer.pem")
        let last = certificate.notAfter * 1000
        #expect(!certificate.hasEnded(at: Instant(milliseconds: last - 1)))
        #expect(certificate.hasEnded(at: Instant(milliseconds: last)))
        for (seconds, status) in [(-1, Int32(0)), (0, 2)] {
            let verified = try await Tool.openssl(
                "verify", "-CAfile", "\(folder)/ca.pem", "-attime", "\(certificate.notAfter + Int64(seconds))",
                "\(folder)/officer.pem")
            #expect(verified.status == status, "\(seconds): \(verified.error)")
        }
    }

    @Test("A file that cannot be written whole is not left half, so that the next try is not refused")
    func halfWritten() async throws {
        try await makeAuthority()
        for (line, left) in [
            ("certs init new", "new"), ("certs system certs journal --organization 312345676", "certs"),
            ("audit key create log.test checkpoint.key", "."),
        ] {
            let before = try await Tool.sh("mkdir -p \(left) && ls -A \(left)", in: scratch.url).output
            // No file may have a byte: what is written to one fails. The program's own output goes to a pipe.
            let full = try await Tool.sh(
                "trap '' XFSZ; { (ulimit -f 0; exec portvakt \(line)) 2>&1; } | cat", in: scratch.url)
            #expect(full.output.contains("File too large"), "\(line): \(full.output)")
            #expect(try await Tool.sh("ls -A \(left)", in: scratch.url).output == before, "\(line)")
            #expect(try await Tool.sh("portvakt \(line)", in: scratch.url).status == 0, "\(line)")
        }
    }

    @Test("Revoking twice says so with status 1; a list can be renewed without revoking")
    func revokeTwiceAndRenew() async throws {
        try await makeAuthority()
        #expect(try await Tool.portvakt("certs", "revoke", folder, "\(folder)/officer.pem").status == 0)
        let again = try await Tool.portvakt("certs", "revoke", folder, "\(folder)/officer.pem")
        #expect(again.status == 1)
        #expect(again.error.contains("revoked already"))
        #expect(try await Tool.portvakt("certs", "renew", folder).status == 0)
        #expect(try await Tool.openssl("crl", "-in", "\(folder)/crl.pem", "-noout", "-crlnumber").output.contains("03"))
        #expect(try await verify("officer").error.contains("certificate revoked"))
    }

    @Test("The help of revoke names the reason that stands when none is given, as it is written")
    func defaultReason() async throws {
        let help = try await Tool.portvakt("help", "certs", "revoke")
        // Without where the lines are broken.
        let words = help.output.split { $0.isWhitespace }.joined(separator: " ")
        #expect(words.contains("default: unspecified)"), "\(help.output)")
    }

    @Test("A certificate of another authority cannot be revoked here, nor the authority's own")
    func revokeStranger() async throws {
        try await makeAuthority()
        let other = scratch.path("other")
        #expect(try await Tool.portvakt("certs", "init", other).status == 0)
        let before = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/crl.pem"))
        let refused = try await Tool.portvakt("certs", "revoke", folder, "\(other)/officer.pem")
        #expect(refused.status == 2)
        #expect(refused.error.contains("only its own authority"))
        let itself = try await Tool.portvakt("certs", "revoke", folder, "\(folder)/officer.pem", "\(folder)/ca.pem")
        #expect(itself.status == 2 && itself.error.contains("ca.pem is the authority itself"), "\(itself.error)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/crl.pem")) == before)
    }

    @Test(
        "What is written wrongly ends with 64 and says what to write",
        arguments: [
            ("certs system F x", "--organization or --spiffe"),
            ("certs system F x --organization 312345675", "check digit"),
            ("certs system F x --organization 312345676 --spiffe spiffe://a.test/b", "not both"),
            ("certs system F x --spiffe https://a.test/b", "spiffe://"),
            ("certs system F ../x --organization 312345676", "a-z, 0-9"),
            ("certs system F ca --organization 312345676", "neither ca nor crl"),
            ("certs server F s --host 'a b'", "neither a host name"),
            ("certs server F s --days 0", "--days"),
            ("certs server F s --algorithm rsa", "p256"),
            ("certs init G --trust-domain a/b", "--trust-domain"),
            ("certs init G --host localhost --host 'a b'", "neither a host name"),
            ("certs revoke F", "certificates"), ("certs officer '' x", "the folder has no name"),
            ("certs show '' F/ca.pem", "the folder has no name"),
        ])
    func usage(_ command: String, _ hint: String) async throws {
        try await makeAuthority()
        let line = command.replacingOccurrences(of: " F", with: " '\(folder)'")
            .replacingOccurrences(of: " G", with: " '\(folder)-2'")
        let ended = try await Tool.sh("portvakt \(line)")
        #expect(ended.status == 64, "\(ended.error)")
        #expect(ended.error.contains(hint), "\(ended.error)")
        #expect(!FileManager.default.fileExists(atPath: "\(folder)-2"))
    }

    @Test("A folder without an authority, an unreadable file and a file that is no certificate are named")
    func errorsNameTheFile() async throws {
        let missing = try await Tool.portvakt("certs", "officer", folder, "x")
        #expect(missing.status == 2)
        #expect(missing.error.contains("portvakt certs init"))
        try await makeAuthority()
        let absent = try await Tool.portvakt("certs", "show", folder, scratch.path("absent.pem"))
        #expect(absent.status == 2)
        #expect(absent.error.contains("absent.pem"))
        try Data("no certificate".utf8).write(to: scratch.file("text.pem"))
        let text = try await Tool.portvakt("certs", "show", folder, scratch.path("text.pem"))
        #expect(text.status == 2)
        #expect(text.error.contains("text.pem holds no certificate"))
        try Data().write(to: scratch.file("empty.pem"))
        let empty = try await Tool.portvakt("certs", "show", folder, scratch.path("empty.pem"))
        #expect(empty.status == 2 && empty.error.contains("empty.pem holds no certificate"), "\(empty.error)")
    }

    @Test("--json is one JSON value with every file")
    func json() async throws {
        let made = try await Tool.portvakt("certs", "init", folder, "--json")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [String: Any])
        let certificates = try #require(object["certificates"] as? [[String: String]])
        #expect(certificates.map { $0["name"] } == ["ca", "server", "officer", "administrator"])
        for certificate in certificates {
            let path = try #require(certificate["certificate"])
            let fingerprint = try await Tool.openssl("x509", "-in", path, "-noout", "-fingerprint", "-sha256").output
            let expected = fingerprint.split(separator: "=")[1].replacing(":", with: "").lowercased()
            #expect(certificate["fingerprint_sha256"] == expected.trimmingCharacters(in: .newlines))
        }
    }
}
