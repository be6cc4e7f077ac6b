/// Values in the order in which they came, each found and removed by its ID without a look at the others.
struct OrderedTable<ID: Hashable & Sendable, Value: Equatable & Sendable>: Sendable {
    fileprivate struct Entry: Sendable {
        let id: ID
        var value: Value

        mutating func change(_ body: (inout Value) -> Void) { body(&value) }
    }

    /// In order; nil where one was removed.
    private var entries: [Entry?] = []
    private var places: [ID: Int] = [:]

    var count: Int { places.count }

    subscript(id: ID) -> Value? {
        places[id].flatMap { entries[$0]?.value }
    }

    /// Those that are there, in order.
    func ordered(_ ids: some Sequence<ID>) -> [Value] {
        ids.compactMap { places[$0] }.sorted().compactMap { entries[$0]?.value }
    }

    /// Adds a value behind all others, in the place of one with the same ID if there is one.
    mutating func append(_ value: Value, as id: ID) {
        remove(id)
        places[id] = entries.endIndex
        entries.append(Entry(id: id, value: value))
    }

    /// Does nothing if there is no such value.
    mutating func change(_ id: ID, _ body: (inout Value) -> Void) {
        guard let place = places[id] else { return }
        entries[place]?.change(body)
    }

    mutating func changeAll(_ body: (inout Value) -> Void) {
        for place in entries.indices { entries[place]?.change(body) }
    }

    mutating func remove(_ id: ID) {
        guard let place = places.removeValue(forKey: id) else { return }
        entries[place] = nil
        if entries.count > 2 * places.count + 16 { compact() }
    }

    private mutating func compact() {
        entries.removeAll { $0 == nil }
        for (place, entry) in entries.enumerated() {
            if let entry { places[entry.id] = place }
        }
    }
}

extension OrderedTable: Sequence {
    struct Iterator: IteratorProtocol {
        fileprivate var entries: IndexingIterator<[Entry?]>

        mutating func next() -> Value? {
            while let entry = entries.next() {
                if let entry { return entry.value }
            }
            return nil
        }
    }

    func makeIterator() -> Iterator { Iterator(entries: entries.makeIterator()) }
}

extension OrderedTable: Equatable {
    static func == (one: Self, other: Self) -> Bool {
        one.places.keys == other.places.keys && one.elementsEqual(other)
    }
}
