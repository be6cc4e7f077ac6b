// Placeholder until the first type of EarshotService.
