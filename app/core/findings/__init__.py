"""Findings: their identity, their life, and what one evaluation changes about them."""
