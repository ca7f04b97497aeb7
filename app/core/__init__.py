"""What decides: plain functions over frozen dataclasses and structs. No clock, no network, no database."""
