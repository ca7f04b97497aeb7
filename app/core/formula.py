"""What a spreadsheet takes for a formula: names and user agents are chosen by whoever called."""

FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""What a cell must not begin with, the full-width forms included. Source: OWASP, "CSV Injection"."""
