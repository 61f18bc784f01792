"""What the training benchmarks can be asked for; imports nothing heavy.

memory.py relies on that: a process's peak begins with its parent's.
"""

import argparse
from pathlib import Path

MODELS = ("smollm2", "gemma")
"""smollm2 is an instruct model in its chat template, gemma a base model in plain completion."""
FILES = {
    "banking77": "banking77/train.csv",
    "restaurant8k": "restaurant8k/train_0.json",
    "gsm8k": "gsm8k/train.jsonl",
}
FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"


def make_parser(
    text: str | None, *, data: bool = True, device: bool = False
) -> argparse.ArgumentParser:
    """A parser with the options that the training benchmarks have in common."""
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", choices=MODELS, default=MODELS[0])
    if data:
        parser.add_argument("--data", choices=list(FILES), default="banking77")
        parser.add_argument(
            "--data-folder", type=Path, default=FOLDER, help="default: ../shared/data"
        )
    if device:
        parser.add_argument("--device", default="auto", help="cpu, cuda, mps or auto")
    parser.add_argument("--threads", type=int, default=0, help="default: as torch chooses")
    parser.add_argument("--quick", action="store_true", help="under 8 minutes on two cores")
    return parser
