"""The policy evaluator: who may call which KVS action on which stream, and by which statement."""
