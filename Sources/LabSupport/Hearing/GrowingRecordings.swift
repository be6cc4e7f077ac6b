import Foundation
import Glibc

/// Reads a phone's recordings while they are being made.
///
/// baresip's `sndfile` module writes every decoded packet to the file at once, but the lengths in the header only at the end; the header is
/// therefore skipped unread. Each call, and each renegotiation of a call, begins a new file, named after the second in which it began; two in
/// the same second share a name, and the second one empties the file.
struct GrowingRecordings {
    private struct Recording {
        var descriptor: Descriptor
        var offset: Int
    }

    private let folder: String
    private var recordings: [String: Recording] = [:]

    init(folder: String) {
        self.folder = folder
    }

    /// What was received since the last time, oldest first.
    mutating func read() -> [Int16] {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasSuffix("-dec.wav") {
            guard recordings[name] == nil,
                let opened = try? Descriptor(open(folder + "/" + name, O_RDONLY | O_CLOEXEC), from: "open")
            else { continue }
            recordings[name] = Recording(descriptor: opened, offset: WAVFile.headerLength)
        }
        return recordings.keys.sorted().flatMap { name in readNew(name) }
    }

    private mutating func readNew(_ name: String) -> [Int16] {
        guard var recording = recordings[name] else { return [] }
        var status = stat()
        guard fstat(recording.descriptor.number, &status) == 0 else { return [] }
        let size = Int(status.st_size)
        if size < recording.offset { recording.offset = WAVFile.headerLength }
        let available = max(0, size - recording.offset) & ~1
        var bytes = [UInt8](repeating: 0, count: available)
        let offset = off_t(recording.offset)
        let count = bytes.withUnsafeMutableBytes {
            pread(recording.descriptor.number, $0.baseAddress, $0.count, offset)
        }
        recording.offset += max(0, count) & ~1
        recordings[name] = recording
        return WAVFile.samples(in: bytes.prefix(max(0, count)))
    }
}
