"""An emulated AWS organization for the demo and the tests: moto behind our own gate, and a story to tell."""
