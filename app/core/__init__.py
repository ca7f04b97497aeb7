"""What decides: plain functions over frozen dataclasses. No clock, no network, no database."""
