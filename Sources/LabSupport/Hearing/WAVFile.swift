import Foundation

/// The little of RIFF WAVE that a telephone needs: 16-bit linear, mono, 8 kHz.
enum WAVFile {
    /// Length of the header in front of the samples, as we and libsndfile write it for this format.
    static let headerLength = 44

    /// Writes `tone`, or silence for nil, for `seconds`.
    static func write(_ tone: Tone?, seconds: Int, to path: String) throws {
        // A second holds whole periods of every tone, so seconds can be joined.
        let second =
            tone.map { ToneMeter.samples(of: $0, count: ToneMeter.sampleRate) }
            ?? [Int16](repeating: 0, count: ToneMeter.sampleRate)
        var bytes = Data()
        for sample in second { withUnsafeBytes(of: sample.littleEndian) { bytes.append(contentsOf: $0) } }
        var file = header(dataLength: bytes.count * seconds)
        for _ in 0..<seconds { file.append(bytes) }
        do {
            try file.write(to: URL(fileURLWithPath: path))
        } catch {
            throw LabError("cannot write \(path): \(error)")
        }
    }

    /// Header of a file with `dataLength` bytes of samples.
    static func header(dataLength: Int) -> Data {
        var header = Data()
        func append(_ text: String) { header.append(contentsOf: text.utf8) }
        func append(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { header.append(contentsOf: $0) } }
        func append(_ value: UInt16) { withUnsafeBytes(of: value.littleEndian) { header.append(contentsOf: $0) } }
        append("RIFF")
        append(UInt32(36 + dataLength))
        append("WAVEfmt ")
        append(UInt32(16))
        append(UInt16(1))  // PCM
        append(UInt16(1))  // mono
        append(UInt32(ToneMeter.sampleRate))
        append(UInt32(ToneMeter.sampleRate * 2))
        append(UInt16(2))
        append(UInt16(16))
        append("data")
        append(UInt32(dataLength))
        return header
    }

    /// The samples in a piece of the data; an odd last byte is left out.
    static func samples(in bytes: some Collection<UInt8>) -> [Int16] {
        let bytes = Array(bytes)
        return stride(from: 0, to: bytes.count - 1, by: 2).map {
            Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
        }
    }
}
