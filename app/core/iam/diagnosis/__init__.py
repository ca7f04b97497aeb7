"""What of a policy does nothing: names that do not exist, ARNs that match nothing, conditions that never hold."""
