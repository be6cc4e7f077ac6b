import Foundation
import Glibc

/// Reads a phone's recordings while they are being made.
///
/// baresip's `sndfile` module writes every decoded packet to the file at once, but the lengths in the header only at the end; of the header
/// only the sample rate is read. Each call, and each renegotiation of a call, begins a new file, named after the second in which it began; two in
/// the same second share a name, and the second one empties the file.
struct GrowingRecordings {
    private struct Recording {
        var descriptor: Descriptor
        var offset: Int
        /// Samples in a second; nil until the header is there.
        var rate: Int?
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
            recordings[name] = Recording(descriptor: opened, offset: WAVFile.headerLength, rate: nil)
        }
        return recordings.keys.sorted().flatMap { name in readNew(name) }
    }

    private mutating func readNew(_ name: String) -> [Int16] {
        guard var recording = recordings[name] else { return [] }
        var status = stat()
        guard fstat(recording.descriptor.number, &status) == 0 else { return [] }
        let size = Int(status.st_size)
        if size < recording.offset {
            recording.offset = WAVFile.headerLength
            recording.rate = nil
        }
        if recording.rate == nil {
            let header = read(recording.descriptor, from: 0, count: WAVFile.headerLength)
            recording.rate = WAVFile.sampleRate(inHeader: header)
        }
        defer { recordings[name] = recording }
        guard let rate = recording.rate else { return [] }
        // Of 16 kHz two samples become one, so only pairs of them are taken.
        let unit = 2 * rate / ToneMeter.sampleRate
        let available = (size - recording.offset) / unit * unit
        let bytes = read(recording.descriptor, from: recording.offset, count: available)
        recording.offset += bytes.count
        return WAVFile.telephoneRate(WAVFile.samples(in: bytes), from: rate)
    }

    /// `count` bytes, which are there; none when they cannot be read.
    private func read(_ descriptor: Descriptor, from offset: Int, count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, count))
        let length = bytes.withUnsafeMutableBytes {
            pread(descriptor.number, $0.baseAddress, $0.count, off_t(offset))
        }
        return length == bytes.count ? bytes : []
    }
}
