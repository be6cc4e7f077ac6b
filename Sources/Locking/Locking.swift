// Placeholder until the first type of Locking.
