// Placeholder until the first type of ARITestSupport.
