/// µ-law, the coding of telephone audio that the lab uses (ITU-T G.711).
enum G711 {
    /// What each code means, as 16-bit linear.
    private static let decoded: [Int16] = (0...255).map { decode(UInt8($0)) }

    /// The audio of an RTP payload of type 0.
    static func decode(_ payload: some Sequence<UInt8>) -> [Int16] {
        payload.map { decoded[Int($0)] }
    }

    /// One sample as µ-law: sign, exponent and four bits of mantissa of the magnitude plus a bias, all bits inverted.
    static func encode(_ sample: Int16) -> UInt8 {
        let sign: UInt8 = sample < 0 ? 0x80 : 0
        let magnitude = min(Int(sample.magnitude), 32_635) + 0x84
        let exponent = max(0, (Int.bitWidth - magnitude.leadingZeroBitCount) - 8)
        let mantissa = (magnitude >> (exponent + 3)) & 0x0F
        return ~(sign | UInt8(exponent << 4) | UInt8(mantissa))
    }

    private static func decode(_ code: UInt8) -> Int16 {
        let bits = ~code
        let exponent = Int(bits >> 4 & 0x07)
        let magnitude = ((Int(bits & 0x0F) << 3) + 0x84) << exponent - 0x84
        return Int16(bits & 0x80 == 0 ? magnitude : -magnitude)
    }
}
