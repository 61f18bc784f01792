"""Copy checkpoints that `headstart forge builtin` made into the package, with their model cards.

    headstart forge builtin --out built
    headstart forge evaluate built/base built/sft built/instruct --json > built/figures.json
    python tools/ship_builtin.py built built/figures.json

For developers. Only what a checkpoint needs is copied. Parents in the lineage become names such
as `builtin:base`, and nothing may name a place on this machine. Nothing is replaced before
everything has been checked.
"""

import argparse
import re
import shutil
import sys
import tempfile
from pathlib import Path

from headstart import builtin
from headstart.checkpoints import resolve
from headstart.domain.forging import Evaluation
from headstart.domain.lineage import Lineage
from headstart.engine.alignment.saving import MARK, read_lineage
from headstart.errors import CheckpointBroken, HeadstartError, RequestError
from headstart.report.model_card import model_card

FILES = (
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
)
TEMPLATE = "chat_template.jinja"
MOST_BYTES = 40_000_000
"""Of all checkpoints together."""
READABLE = 0o644
PLACE = re.compile(rb"(?<![\w./<-])/(?:home|root|tmp|work|mnt|media|var|opt|usr|Users)/[\w.-]")
"""What the absolute path of something on a machine looks like."""
WEIGHTS_HEADER = 1_000_000
"""Bytes of a weights file that are looked at; numbers behind them mean nothing."""


def main() -> int:
    """Copy; 0, or 2 with the reason on stderr."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("built", type=Path, help="the folder with base, sft and instruct")
    parser.add_argument("figures", type=Path, help="what `headstart forge evaluate --json` printed")
    parser.add_argument("--into", type=Path, default=builtin.FOLDER, help="default: the package")
    options = parser.parse_args()
    try:
        for folder in ship(options.built, options.figures, options.into):
            print(folder)
    except HeadstartError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def ship(built: Path, figures: Path, into: Path) -> list[Path]:
    """Copy every checkpoint of `built` to a folder of its name below `into`.

    Raises:
        HeadstartError: a checkpoint is missing, is not the parent of the next, is not among the
            figures, names a place on a machine, or all of them are too large. Then nothing is
            changed.
    """
    evaluation = Evaluation.model_validate_json(figures.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(dir=into, prefix=".shipping-") as scratch:
        for name in builtin.CHECKPOINTS:
            prepare(built / name, Path(scratch) / name, evaluation)
        check(Path(scratch))
        return [replace(Path(scratch) / name, into / name) for name in builtin.CHECKPOINTS]


def prepare(source: Path, target: Path, evaluation: Evaluation) -> None:
    """One checkpoint as it will ship."""
    lineage = told(source)
    measured = [one.checkpoint for one in evaluation.checkpoints]
    if source.name not in measured:
        raise RequestError(
            f"the figures are of {', '.join(measured)}, and {source.name} is not among them",
            hint="evaluate all of them in one call: base, sft, instruct",
        )
    target.mkdir()
    for name in (*FILES, TEMPLATE):
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)
            (target / name).chmod(READABLE)
        elif name != TEMPLATE:
            raise CheckpointBroken(f"{source} has no {name}", hint="build it again")
    (target / MARK).write_text(lineage.model_dump_json(indent=1) + "\n", encoding="utf-8")
    card = model_card(source.name, evaluation, lineage)
    (target / "README.md").write_text(card, encoding="utf-8")


def told(source: Path) -> Lineage:
    """The lineage with names in the place of paths, its parent checked against what ships."""
    lineage = read_lineage(source)
    if lineage is None:
        raise CheckpointBroken(
            f"{source} is no finished checkpoint of the forge",
            hint="headstart forge builtin --out FOLDER",
        )
    place = builtin.CHECKPOINTS.index(source.name)
    parent = None
    if place:
        before = source.with_name(builtin.CHECKPOINTS[place - 1])
        parent = builtin.PREFIX + before.name
        if lineage.parent_fingerprint != resolve(str(before)).fingerprint:
            raise CheckpointBroken(
                f"{source} was not made from {before}", hint="ship checkpoints of one build"
            )
    return lineage.model_copy(update={"parent": parent, "data": ("the built-in world",)})


def check(folder: Path) -> None:
    """Refuse what is too large or names a place on a machine."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    total = sum(path.stat().st_size for path in files)
    if total > MOST_BYTES:
        raise RequestError(
            f"the checkpoints take {total:,} bytes, more than {MOST_BYTES:,}",
            hint="make the model smaller",
        )
    for path in files:
        found = PLACE.search(path.read_bytes()[:WEIGHTS_HEADER])
        if found:
            raise RequestError(
                f"{path.relative_to(folder)} names a place on a machine: {found.group().decode()}",
                hint="strip it in tools/ship_builtin.py",
            )


def replace(source: Path, target: Path) -> Path:
    """Put a folder in the place of another."""
    if target.exists():
        shutil.rmtree(target)
    return source.rename(target)


if __name__ == "__main__":
    sys.exit(main())
