import Glibc

/// Keeps baresip from recording what it sends, without which it goes on recording what it hears when a call is held.
///
/// baresip 1.0 takes its filters out of the receiving direction whenever a call is put on hold or taken off it, and puts them in again only if the
/// sending direction has none either. The only filter here is `sndfile`, and it is in no direction whose file it cannot open. So where
/// the file of the sending direction would be, there is a folder already: for each second, as the second is in the file's name.
struct SentRecordings {
    /// How many seconds the folders are ahead of the clock; longer than this thread ever sleeps.
    private static let ahead = 20

    private let folder: String
    private var next: time_t = 0

    init(folder: String) {
        self.folder = folder
    }

    /// Makes the folders for the coming seconds, and removes those of seconds that are long over. Call it now and then.
    ///
    /// What cannot be made is left out: a phone that is deaf after hold is found by the test that wants to hear with it.
    mutating func prevent() {
        let now = time(nil)
        let end = now + Self.ahead
        next = max(next, now)
        while next <= end {
            mkdir(path(next), 0o700)
            // Fails where there is none, or it is a file: then it has been one since before us.
            rmdir(path(next - 2 * Self.ahead))
            next += 1
        }
    }

    /// Whether a recording of what is heard has begun in this second.
    static func heardExists(in folder: String) -> Bool {
        access(path(time(nil), "dec", in: folder), F_OK) == 0
    }

    private func path(_ second: time_t) -> String {
        Self.path(second, "enc", in: folder)
    }

    /// The file that baresip's `sndfile` opens for a direction of a call that begins, or is held, at `second`.
    private static func path(_ second: time_t, _ direction: String, in folder: String) -> String {
        var second = second
        var parts = tm()
        localtime_r(&second, &parts)
        var text = [CChar](repeating: 0, count: 40)
        let length = strftime(&text, text.count, "dump-%Y-%m-%d-%H-%M-%S", &parts)
        let name = String(decoding: text.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return "\(folder)/\(name)-\(direction).wav"
    }
}
