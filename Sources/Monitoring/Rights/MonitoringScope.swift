/// Whom a user may monitor, as the directory has it.
///
/// Written as `everybody`, or as a list such as `group:sales,101,102`. The order means nothing.
package struct MonitoringScope: Hashable, Sendable, CustomStringConvertible {
    /// Everybody who may be monitored at all; the other two are empty then.
    package let isEverybody: Bool
    package let extensions: Set<Extension>
    package let groups: Set<GroupName>

    package static let everybody = MonitoringScope(isEverybody: true, [], [])

    /// Some: each of these, and every member of these groups. Nobody when both are empty.
    package init(extensions: Set<Extension>, groups: Set<GroupName>) {
        self.init(isEverybody: false, extensions, groups)
    }

    private init(isEverybody: Bool, _ extensions: Set<Extension>, _ groups: Set<GroupName>) {
        self.isEverybody = isEverybody
        self.extensions = extensions
        self.groups = groups
    }

    /// Reads what ``description`` writes; spaces around the parts do not matter.
    ///
    /// - Throws: ``MonitoringScopeError``.
    package init(_ text: String) throws(MonitoringScopeError) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0.trimmed) }
        if parts == [Self.everybodyWord] {
            self = .everybody
            return
        }
        var extensions: Set<Extension> = []
        var groups: Set<GroupName> = []
        for part in parts where part != Self.nobodyWord || parts.count > 1 {
            if part == Self.everybodyWord { throw .everybodyAndOthers }
            if part.hasPrefix(Self.groupPrefix) {
                let name = String(part.dropFirst(Self.groupPrefix.count))
                guard let group = GroupName(name) else { throw .notAGroup(name) }
                groups.insert(group)
            } else {
                guard let target = try? Extension(part) else { throw .notAnExtension(part) }
                extensions.insert(target)
            }
        }
        self.init(isEverybody: false, extensions, groups)
    }

    package var description: String {
        if isEverybody { return Self.everybodyWord }
        let parts = groups.map { Self.groupPrefix + $0.rawValue }.sorted() + extensions.map(\.digits).sorted()
        return parts.isEmpty ? Self.nobodyWord : parts.joined(separator: ",")
    }

    /// Whether it can cover the extension, as far as one can tell without knowing its groups.
    func mayCover(_ target: Extension) -> Bool {
        isEverybody || extensions.contains(target) || !groups.isEmpty
    }

    /// - Parameter groups: those that the extension's user is in.
    func covers(_ target: Extension, in groups: Set<String>) -> Bool {
        isEverybody || extensions.contains(target) || self.groups.contains { groups.contains($0.rawValue) }
    }

    private static let everybodyWord = "everybody"
    private static let nobodyWord = "nobody"
    private static let groupPrefix = "group:"
}

/// Why a text does not say whom somebody may monitor.
package enum MonitoringScopeError: Error, Hashable, Sendable {
    /// Whoever may monitor everybody needs no list.
    case everybodyAndOthers
    case notAGroup(String)
    case notAnExtension(String)
}

/// The name of a group of users, as in `SPYGROUP`: 1 to 64 characters, none of them a colon, a comma or invisible, and no space
/// at either end. Case matters, as in ChanSpy.
package struct GroupName: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    package let rawValue: String

    package init?(rawValue: String) {
        guard (1...64).contains(rawValue.count), rawValue.trimmed == rawValue[...],
            rawValue.unicodeScalars.allSatisfy({ $0 != ":" && $0 != "," && !$0.isInvisible })
        else { return nil }
        self.rawValue = rawValue
    }

    package init?(_ text: String) { self.init(rawValue: text) }

    package var description: String { rawValue }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}

extension Unicode.Scalar {
    /// A control character, a line separator or one that only changes how others look.
    package var isInvisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}

extension StringProtocol {
    /// Without spaces at both ends.
    package var trimmed: SubSequence {
        let rest = drop { $0.isWhitespace }
        guard let last = rest.lastIndex(where: { !$0.isWhitespace }) else { return rest }
        return rest[...last]
    }
}
