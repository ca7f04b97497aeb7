"""The assumption ledger: what records have shown of each assumption."""
