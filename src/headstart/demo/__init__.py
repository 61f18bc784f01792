"""`headstart demo`: the built-in pair asked one question, looked at, and tried on a task."""
