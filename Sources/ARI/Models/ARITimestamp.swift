/// A time as Asterisk writes it: `2026-02-03T04:05:06.789+0100` (Asterisk's `ast_json_timeval`).
///
/// The text is kept as it came; a text of another form is still a timestamp, one without a known moment.
package struct ARITimestamp: Sendable, Hashable {
    /// The text that Asterisk sent.
    package var text: String

    /// Keeps a text.
    package init(_ text: String) {
        self.text = text
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, or nil if the text has another form.
    package var millisecondsSince1970: Int64? {
        var rest = Characters(text)
        guard let year = rest.takeNumber(4), rest.take("-"), let month = rest.takeNumber(2), rest.take("-"),
            let day = rest.takeNumber(2), rest.take("T"), let hour = rest.takeNumber(2), rest.take(":"),
            let minute = rest.takeNumber(2), rest.take(":"), let second = rest.takeNumber(2),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var millisecond: Int64 = 0
        if rest.take(".") {
            guard let fraction = rest.takeNumber(3) else { return nil }
            millisecond = fraction
        }
        guard let offset = rest.takeOffset(), rest.isEmpty else { return nil }
        let days = Self.daysSince1970(year: year, month: month, day: day)
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - offset
        return seconds * 1000 + millisecond
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar, which has the same 146 097 days every 400 years.
    /// Years are counted from March, so that the leap day is the last one.
    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
        return marchYear * 365 + leapDays + dayOfYear - 719_468
    }
}

extension ARITimestamp: Comparable {
    /// Compares the moments; a timestamp whose moment is unknown comes before every other.
    package static func < (lhs: Self, rhs: Self) -> Bool {
        switch (lhs.millisecondsSince1970, rhs.millisecondsSince1970) {
        case (let lhs?, let rhs?): lhs < rhs
        case (nil, _?): true
        case (_?, nil): false
        case (nil, nil): lhs.text < rhs.text
        }
    }
}

extension ARITimestamp: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) { self.init(try json.string()) }
}

extension ARITimestamp: CustomStringConvertible {
    package var description: String { text }
}

/// The characters of a text, of which one after the other is taken.
private struct Characters {
    private let bytes: String.UTF8View
    private var position: String.UTF8View.Index

    init(_ text: String) {
        bytes = text.utf8
        position = bytes.startIndex
    }

    var isEmpty: Bool { position == bytes.endIndex }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard !isEmpty, bytes[position] == UInt8(ascii: character) else { return false }
        bytes.formIndex(after: &position)
        return true
    }

    /// Takes exactly `count` decimal digits.
    mutating func takeNumber(_ count: Int) -> Int64? {
        var number: Int64 = 0
        for _ in 0..<count {
            guard !isEmpty, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) else { return nil }
            number = number * 10 + Int64(bytes[position] - UInt8(ascii: "0"))
            bytes.formIndex(after: &position)
        }
        return number
    }

    /// Takes `Z`, `+0100` or `+01:00` and returns the seconds east of Greenwich.
    mutating func takeOffset() -> Int64? {
        if take("Z") { return 0 }
        let sign: Int64
        if take("+") {
            sign = 1
        } else if take("-") {
            sign = -1
        } else {
            return nil
        }
        guard let hours = takeNumber(2) else { return nil }
        _ = take(":")
        guard let minutes = takeNumber(2) else { return nil }
        return sign * (hours * 60 + minutes) * 60
    }
}
