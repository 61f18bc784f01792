"""The twelve experiments, each a computation on the built-in pair in under 15 seconds."""
