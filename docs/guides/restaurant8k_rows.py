"""python docs/guides/restaurant8k_rows.py IN.json OUT.jsonl: slot spans to JSON completions."""

import json
import sys
from pathlib import Path

source, target = sys.argv[1:]
with Path(target).open("w", encoding="utf-8") as out:
    for turn in json.loads(Path(source).read_text(encoding="utf-8")):
        text, slots = turn["userInput"]["text"], {}
        for label in turn.get("labels", []):
            span = label["valueSpan"]
            slots[label["slot"]] = text[span.get("startIndex", 0) : span["endIndex"]]
        row = {"prompt": text, "completion": json.dumps(slots, ensure_ascii=False)}
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
