import Foundation

/// The little of RIFF WAVE that a telephone needs: 16-bit linear, mono, 8 kHz, or 16 kHz where it comes from a wideband call.
enum WAVFile {
    /// Length of the header in front of the samples, as we, libsndfile and Asterisk write it for this format.
    static let headerLength = 44

    /// Writes `tone`, or silence for nil, for `seconds`.
    ///
    /// - Parameter rate: 8000 or 16000.
    static func write(_ tone: Tone?, seconds: Int, rate: Int = ToneMeter.sampleRate, to path: String) throws {
        // A second holds whole periods of every tone, so seconds can be joined.
        let second =
            tone.map { ToneMeter.samples(of: $0, count: rate, rate: rate) } ?? [Int16](repeating: 0, count: rate)
        var bytes = Data()
        for sample in second { withUnsafeBytes(of: sample.littleEndian) { bytes.append(contentsOf: $0) } }
        var file = header(dataLength: bytes.count * seconds, rate: rate)
        for _ in 0..<seconds { file.append(bytes) }
        do {
            try file.write(to: URL(fileURLWithPath: path))
        } catch {
            throw LabError("cannot write \(path): \(error)")
        }
    }

    /// Header of a file with `dataLength` bytes of samples.
    static func header(dataLength: Int, rate: Int = ToneMeter.sampleRate) -> Data {
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
        append(UInt32(rate))
        append(UInt32(rate * 2))
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

    // MARK: - Reading

    /// The samples of a finished file, at 8 kHz.
    ///
    /// - Throws: ``LabError`` when it cannot be read, or is still being written: its header announces something else than there is.
    static func read(_ path: String) throws(LabError) -> [Int16] {
        guard let data = FileManager.default.contents(atPath: path) else { throw LabError("\(path) cannot be read") }
        let bytes = Array(data)
        guard let rate = sampleRate(inHeader: bytes) else { throw LabError("\(path) is no WAV file of 8 or 16 kHz") }
        let announced = number(bytes[40..<44])
        guard announced > 0, announced == bytes.count - headerLength else {
            throw LabError("\(path) announces \(announced) bytes of audio and has \(bytes.count - headerLength)")
        }
        return telephoneRate(samples(in: bytes[headerLength...]), from: rate)
    }

    /// The sample rate of a file that begins with `bytes`: 8000 or 16000.
    ///
    /// Nil for another one, and for what is no header of 16-bit mono.
    static func sampleRate(inHeader bytes: some Collection<UInt8>) -> Int? {
        let header = Array(bytes.prefix(headerLength))
        guard header.count == headerLength, header[0..<4].elementsEqual("RIFF".utf8),
            header[8..<16].elementsEqual("WAVEfmt ".utf8), header[22] == 1, header[34] == 16
        else { return nil }
        let rate = number(header[24..<28])
        return rate == ToneMeter.sampleRate || rate == 2 * ToneMeter.sampleRate ? rate : nil
    }

    /// The lowest byte comes first.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reversed().reduce(0) { (sum: Int, byte: UInt8) -> Int in sum << 8 | Int(byte) }
    }

    /// `samples` of `rate` at 8 kHz. Of 16 kHz every two become their mean, which keeps a tone of the lab within 1 dB.
    static func telephoneRate(_ samples: [Int16], from rate: Int) -> [Int16] {
        guard rate == 2 * ToneMeter.sampleRate else { return samples }
        return stride(from: 0, to: samples.count - 1, by: 2).map { index in
            let sum = Int(samples[index]) + Int(samples[index + 1])
            return Int16(sum / 2)
        }
    }
}
