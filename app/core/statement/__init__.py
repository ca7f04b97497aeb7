"""What can be stated of a stream and an interval: who read it, and whether "nobody" can be proven."""
