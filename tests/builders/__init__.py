"""Data for tests: nouns of the model and answers of AWS, built whole, changed where a test asks for it."""
