"""What of the granted could be taken away: what was called against what is allowed."""
