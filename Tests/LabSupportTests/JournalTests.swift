import Testing

@testable import LabSupport

@Suite(.timeLimit(.minutes(1)))
struct JournalTests {
    @Test
    func `an entry that is there already is found at once, from the asked place on`() async throws {
        let journal = Journal<Int>()
        for entry in [1, 2, 1] { journal.append(entry) }
        let found = try await journal.first(from: 1, within: .seconds(10), "a one") { $0 == 1 ? .accept : .wait }
        #expect(found.index == 2)
    }

    @Test
    func `a wait for a later place is not ended by the entries before it`() async throws {
        let journal = Journal<Int>()
        async let found = journal.first(from: 2, within: .seconds(10), "the third") { _ in .accept }
        for entry in [10, 11, 12] {
            journal.append(entry)
            await Task.yield()
        }
        #expect(try await found.entry == 12)
    }

    /// What a wait for anything at all ended with.
    private func failure(of journal: Journal<Int>) async -> String {
        do {
            let found = try await journal.first(from: 0, within: .seconds(10), "the impossible") { _ in .accept }
            return "found \(found.entry)"
        } catch {
            return "\(error)"
        }
    }

    @Test
    func `a wait ends at its deadline, and names what it waited for`() async throws {
        let journal = Journal<Int>()
        let text = await withTaskGroup(of: String?.self) { group in
            group.addTask { await failure(of: journal) }
            group.addTask {
                // The wait may begin after a tick; another one comes.
                while !Task.isCancelled {
                    journal.tick(at: .now + .seconds(60))
                    await Task.yield()
                }
                return nil
            }
            let text = await group.next()
            group.cancelAll()
            return text ?? nil
        }
        #expect(text?.contains("waited in vain for the impossible") == true)
    }

    @Test
    func `the end fails those who wait and those who come later, with the first reason`() async throws {
        let journal = Journal<Int>()
        async let early = failure(of: journal)
        journal.finish(LabError("it broke"))
        journal.finish(LabError("again"))
        journal.append(1)
        #expect(await early.contains("it broke"))
        #expect(await failure(of: journal).contains("it broke"))
        #expect(journal.count == 0)
    }

    @Test
    func `a cancelled wait ends at once`() async {
        let journal = Journal<Int>()
        let task = Task { try await journal.first(from: 0, within: .seconds(600), "nothing") { _ in .wait } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
