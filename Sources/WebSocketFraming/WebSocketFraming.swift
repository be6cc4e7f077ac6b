// Placeholder until the first type of WebSocketFraming.
