// Placeholder until the first type of LabSupport.
