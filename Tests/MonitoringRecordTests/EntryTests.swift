import Foundation
import MonitoringRecord
import Testing

/// The canonical encoding, which is what is stored and hashed.
@Suite struct EntryTests {
    @Test func `an entry is written as the README says`() {
        let entry = RecordEntry(
            sequence: 12,
            time: 1_795_683_463_123,
            origin: "earshot-1",
            event: .userChanged,
            fields: [
                .subject: "203", .change: "name: \"A\\B\" -> Ștefan 😀\u{7F}/\n\t\u{1}\u{1F}", .author: "account:maria",
            ]
        )
        #expect(
            entry.text
                == #"{"author":"account:maria","change":"name: \"A\\B\" -> Ștefan 😀"# + "\u{7F}"
                + #"/\n\t\u0001\u001f","event":"user_changed","origin":"earshot-1","sequence":12,"#
                + #""subject":"203","time":1795683463123}"#
        )
    }

    @Test(arguments: ["", "plain", "\"\\\u{8}\u{C}\n\r\t\u{0}\u{1F}", "ß漢😀é e\u{301}", "\u{2028}", "'; --"])
    func `what is written is read again, character by character`(text: String) throws {
        let entry = RecordEntry(sequence: 1, time: 2, origin: text, event: .refused, fields: [.session: text])
        let read = try RecordEntry(text: entry.text)
        #expect(read == entry)
        #expect(Array(read.origin.unicodeScalars) == Array(text.unicodeScalars))
    }

    @Test(arguments: ["", "{}", "[]", #"{"event":"made_up","origin":"o","sequence":1,"time":1}"#, "null"])
    func `a text that is no entry is an error`(text: String) {
        #expect(throws: (any Error).self) { try RecordEntry(text: text) }
    }

    @Test func `a word that a newer Earshot writes does not keep the rest from being read`() throws {
        let text = #"{"event":"waiting","made_up":"x","origin":"o","sequence":1,"target":"101","time":1}"#
        #expect(try RecordEntry(text: text).fields == [.target: "101"])
    }

    @Test func `a moment is written to the millisecond`() {
        for milliseconds in 0..<1000 as Range<Int64> {
            let entry = RecordEntry(
                sequence: 1,
                time: 1_795_683_463_000 + milliseconds,
                origin: "",
                event: .waiting,
                fields: [:]
            )
            let digits = String("00\(milliseconds)".suffix(3))
            #expect(entry.timestamp == "2026-11-26T08:57:43.\(digits)Z")
        }
    }

    @Test func `a hash is read as it is written`() {
        let digits = String(repeating: "0123456789abcdef", count: 4)
        #expect(RecordHash(digits)?.description == digits)
        for wrong in ["", "12", digits + "0", digits.replacingOccurrences(of: "a", with: "g")] {
            #expect(RecordHash(wrong) == nil)
        }
    }

    @Test func `words are never changed`() {
        // Records that exist have these; a new word is added here.
        #expect(
            RecordEvent.allCases.map(\.rawValue) == [
                "refused", "session_started", "session_resumed", "mode_changed", "target_changed", "partner_changed",
                "partner_joined",
                "rights_lowered",
                "key_refused", "waiting", "recording_started", "session_ended", "session_end_requested", "user_added",
                "user_changed", "user_removed", "account_added", "account_changed", "account_removed", "signed_in",
                "sign_in_refused", "signed_out", "service_started", "service_stopped", "entries_removed",
                "entries_lost",
            ]
        )
        #expect(
            RecordField.allCases.map(\.rawValue) == [
                "session", "supervisor", "target", "endpoint", "partner", "number", "mode", "result", "unique_id",
                "linked_id",
                "duration_ms",
                "recording", "author", "subject", "change", "address", "removed_through", "hash", "count",
            ]
        )
    }
}
