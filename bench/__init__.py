"""What the budgets are measured with: each module has `run(quick) -> dict` and is named for what it measures."""
