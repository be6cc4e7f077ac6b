import Foundation
import Glibc
import Testing

/// The built command, with a standard error that nobody reads: it must serve, and end, all the same.
@Suite(.timeLimit(.minutes(1))) struct UnreadLogTests {
    enum Log: Sendable, CaseIterable {
        /// A pipe that is full, and that nobody reads.
        case isFull
        /// A pipe whose reader has gone.
        case isClosed
    }

    /// A server on loopback that takes one connection, which shows that the command is at work.
    private final class Listener {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        private(set) var port: UInt16 = 0

        init() {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    _ = bind(descriptor, address, length)
                    _ = listen(descriptor, 8)
                    _ = getsockname(descriptor, address, &length)
                }
            }
            port = UInt16(bigEndian: address.sin_port)
        }

        func waitForConnection() { close(accept(descriptor, nil, nil)) }

        deinit { close(descriptor) }
    }

    @Test(arguments: Log.allCases, [SIGTERM, SIGHUP])
    func `a signal ends the service with success, whoever reads its log`(log: Log, signal: Int32) throws {
        let listener = Listener()
        let pipe = Pipe()
        let writer = pipe.fileHandleForWriting.fileDescriptor
        switch log {
        case .isClosed: try pipe.fileHandleForReading.close()
        case .isFull:
            // Until the pipe takes no more.
            _ = fcntl(writer, F_SETFL, O_NONBLOCK)
            let block = [UInt8](repeating: 0x20, count: 4096)
            while write(writer, block, block.count) > 0 {}
            _ = fcntl(writer, F_SETFL, 0)
        }
        let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let process = Process()
        process.executableURL = products.appendingPathComponent("earshot")
        process.arguments = ["serve"]
        process.environment = [
            "EARSHOT_ARI_PASSWORD": "none", "EARSHOT_ARI_URL": "http://127.0.0.1:\(listener.port)/ari",
            "EARSHOT_LOG_LEVEL": "trace",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        process.standardError = pipe.fileHandleForWriting
        try process.run()
        listener.waitForConnection()
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 0)
        withExtendedLifetime(pipe) {}
    }
}
