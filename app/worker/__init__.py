"""Claims due feeds, runs the service of each, and shows that it is alive."""
