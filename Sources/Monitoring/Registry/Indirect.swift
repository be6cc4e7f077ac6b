/// A large value that is looked up again and again: it stands elsewhere, so that what holds it can be copied at the cost of one
/// reference, and it is changed in place. Still a value: who changes a copy changes that copy alone, as with an array.
@propertyWrapper
struct Indirect<Value: Sendable>: Sendable {
    /// The value alone.
    private var storage: [Value]

    init(wrappedValue: Value) { storage = [wrappedValue] }

    var wrappedValue: Value {
        _read { yield storage[0] }
        _modify { yield &storage[0] }
    }
}
