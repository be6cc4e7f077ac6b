import Foundation
import GRDB

extension String {
    /// As searches compare texts: without case and accents, so that "stefan" finds "Ștefan".
    package var folded: String {
        // Most texts; the other way takes ten times as long.
        if utf8.allSatisfy({ $0 < 0x80 }) { return lowercased() }
        return folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
    }
}

extension DatabaseFunction {
    /// `folded(text)` in SQL; SQLite's own `lower` knows ASCII alone. Not for tables: other programs do not have it.
    static let folded = DatabaseFunction("folded", argumentCount: 1, pure: true) { values in
        String.fromDatabaseValue(values[0])?.folded
    }
}
