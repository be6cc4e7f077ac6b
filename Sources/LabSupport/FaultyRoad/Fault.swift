/// What goes wrong with one request on a ``FaultyRoad``.
package enum Fault: Hashable, Sendable {
    /// The answer comes later by this time.
    case delayAnswer(Duration)
    /// The server does what it is asked for and nobody learns of it: the answer is thrown away, and the connection ends.
    case loseAnswer
    /// The server does what it is asked for, and the connection ends in the middle of the answer.
    case cutAnswer
    /// The server does what it is asked for, and the answer says something else.
    case replaceAnswer(status: Int)
    /// The server is not asked, and this is the answer.
    case refuse(status: Int)
    /// The server is not asked, and the connection ends.
    case loseRequest
    /// As ``loseRequest``, and all other connections end with it.
    case cutRoad
    /// As ``cutRoad``, and no new connection comes about until ``FaultyRoad/open()``.
    case closeRoad
    /// Nothing comes through any more, this request neither, until ``FaultyRoad/thaw()``.
    case freezeRoad
    /// A process gets a signal: before the server is asked, which it then is not, or when it has done what it was asked for. There is no
    /// answer.
    case signal(Int32, process: Int32, isDone: Bool)
}
