/// What the arguments of options mean. Nothing that names a file or a dialplan function passes unless it is made of
/// harmless characters.
extension SpyOption {
    /// One key, of `c()` and `x()`.
    func key() throws(SpyParamsError) -> TelephoneKey {
        guard let argument, argument.count == 1, let key = argument.first.flatMap(TelephoneKey.init),
            key.isDigit || key == .star || key == .hash
        else { throw .badArgument(letter) }
        return key
    }

    /// A list separated by colons, of `e()` and `g()`.
    func items() throws(SpyParamsError) -> [String] {
        let items = (argument ?? "").split(separator: ":").map(String.init)
        guard !items.isEmpty else { throw .badArgument(letter) }
        return items
    }

    /// A number of `v()`.
    func volume() throws(SpyParamsError) -> ListeningVolume {
        guard let volume = argument.flatMap({ Int($0) }).flatMap(ListeningVolume.init) else {
            throw .badArgument(letter)
        }
        return volume
    }

    /// `mailbox`, `mailbox@context` or `@context` of `n()`, which may be empty.
    func mailbox() throws(SpyParamsError) -> VoicemailName {
        let parts = (argument ?? "").split(separator: "@", omittingEmptySubsequences: false)
        let mailbox = parts.first.map(String.init) ?? ""
        let context = parts.count > 1 ? String(parts[1]) : "default"
        guard parts.count <= 2, context.isFileName, mailbox.isEmpty || mailbox.isFileName else {
            throw .badArgument(letter)
        }
        return VoicemailName(mailbox: mailbox.isEmpty ? nil : mailbox, context: context)
    }

    /// The beginning of the recordings' names, of `r()`, such as `chanspy` (ChanSpy's default) or `sales/monday`.
    func recordingBase() throws(SpyParamsError) -> String {
        guard let argument, !argument.isEmpty else { return "chanspy" }
        let isPath = argument.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { $0.isFileName }
        guard isPath else { throw .badArgument(letter) }
        return argument
    }
}

extension StringProtocol {
    /// Letters, digits, dots, underscores and dashes, and not a name that leads out of its folder.
    fileprivate var isFileName: Bool {
        !isEmpty && !hasPrefix(".")
            && utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
                default: false
                }
            }
    }
}
