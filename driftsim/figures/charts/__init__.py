"""Charts of records, validation and sweeps."""
