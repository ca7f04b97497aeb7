"""What stops an identity: one measure a file, each with what to paste, what it stops, and what goes on all the same."""
