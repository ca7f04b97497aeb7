"""Who acted: the durable principal behind one call, and the chain of sessions behind that."""
