/// A user's `SPY_PERMISSION`: the highest mode that they may use, or none.
///
/// In doubt nobody hears: what is missing or not understood is `none`.
package enum SpyPermission: Hashable, Sendable {
    case none
    case upTo(MonitoringMode)

    /// What the variable's text means, and whether it was understood.
    ///
    /// Known values are `No permission`, `Listen`, `Whisper` and `Barge`; case and spaces do not matter.
    package static func read(_ text: String?) -> (permission: SpyPermission, isUnderstood: Bool) {
        switch (text ?? "").lowercased().filter({ !$0.isWhitespace }) {
        case "", "nopermission": (.none, true)
        case "listen": (.upTo(.listen), true)
        case "whisper": (.upTo(.whisper), true)
        case "barge": (.upTo(.barge), true)
        default: (.none, false)
        }
    }

    /// Every permission, the lowest first.
    package static let all: [SpyPermission] = [.none] + MonitoringMode.allCases.map { .upTo($0) }

    /// The word for it in `SPY_PERMISSION`.
    package var text: String {
        switch self {
        case .none: "No permission"
        case .upTo(.listen): "Listen"
        case .upTo(.whisper): "Whisper"
        case .upTo(.barge): "Barge"
        }
    }

    package func allows(_ mode: MonitoringMode) -> Bool {
        switch self {
        case .none: false
        case .upTo(let highest): mode <= highest
        }
    }
}

/// A user's `DISABLE_SPY`: whether they are kept out of monitoring in both directions.
package enum DisableSpy {
    /// What the variable's text means, and whether it was understood.
    ///
    /// The words are those that Asterisk itself takes for true and false (`main/utils.c`, `ast_true` and `ast_false`);
    /// missing or empty is `no`, the default. A word that is not understood closes: somebody meant to write something.
    package static func read(_ text: String?) -> (isDisabled: Bool, isUnderstood: Bool) {
        switch (text ?? "").lowercased().filter({ !$0.isWhitespace }) {
        case "", "no", "false", "n", "f", "0", "off": (false, true)
        case "yes", "true", "y", "t", "1", "on": (true, true)
        default: (true, false)
        }
    }
}
