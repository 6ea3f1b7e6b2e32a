"""Made whole by its modules; nothing is imported here, so that starting is quick."""
