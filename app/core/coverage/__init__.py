"""What was observable: which calls on which stream would have reached kvswatch, and which trail decides it."""
