"""Views of a finished `Report`: the JSON file, Markdown, the card for a terminal, the schema."""
