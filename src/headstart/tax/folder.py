"""The run folder of a tax run.

RUN/tax-plan.json          what was pinned before the first job
RUN/outputs/KEY.json       what a checkpoint gave in one finished job
RUN/weights/NAME.json      how far a checkpoint's weights lie from the base's
RUN/facts/NAME.json        what must be known of a checkpoint once it is no longer loaded
RUN/tax.json, tax.md, tax.html    the report
RUN/items.jsonl            what each checkpoint made of every item, once there is a report
RUN/doubtful.jsonl         replies that the refusal detector is unsure of
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from headstart.domain.tax import Facts, Job, Output, TaxPlan
from headstart.domain.tax_items import ItemRow
from headstart.domain.tax_report import WeightGap
from headstart.errors import StoreError
from headstart.store import RunFolder, read_value

V = TypeVar("V", bound=BaseModel)
PLAN = "tax-plan.json"
ITEMS = "items.jsonl"


class TaxFolder:
    """One run's files; to resume is to skip what is there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run = RunFolder(path)

    def prepare(self) -> None:
        """Create the folder.

        Raises:
            StoreError: it cannot be written.
        """
        try:
            for name in ("outputs", "weights", "facts"):
                (self.path / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot write the run folder {self.path}: {error.strerror}",
                hint="pass --out FOLDER with a folder that can be written",
            ) from error

    def plan(self) -> TaxPlan | None:
        """The stored plan, if there is one."""
        return self._read(PLAN, TaxPlan) if (self.path / PLAN).exists() else None

    def save_plan(self, plan: TaxPlan) -> None:
        """Write the plan."""
        self.run.save_text(PLAN, plan.model_dump_json(indent=1) + "\n")

    def output(self, job: Job) -> Output | None:
        """What was stored for a job; one of fewer items than the job wants does not count."""
        name = f"outputs/{job.key}.json"
        if not (self.path / name).exists():
            return None
        found = self._read(name, Output)
        return found if found.job == job else None

    def has_output(self, job: Job) -> bool:
        """Whether anything is stored for a job, without a look at it."""
        return (self.path / f"outputs/{job.key}.json").exists()

    def save_output(self, output: Output) -> None:
        """Write what a job gave."""
        self.run.save_text(f"outputs/{output.job.key}.json", output.model_dump_json() + "\n")

    def weights(self, name: str) -> WeightGap | None:
        """What was stored on a checkpoint's weights."""
        file = f"weights/{name}.json"
        return self._read(file, WeightGap) if (self.path / file).exists() else None

    def save_weights(self, name: str, gap: WeightGap) -> None:
        """Write what was found about a checkpoint's weights."""
        self.run.save_text(f"weights/{name}.json", gap.model_dump_json(indent=1) + "\n")

    def facts(self, name: str) -> Facts | None:
        """What was stored on a checkpoint."""
        file = f"facts/{name}.json"
        return self._read(file, Facts) if (self.path / file).exists() else None

    def save_facts(self, name: str, facts: Facts) -> None:
        """Write what is known of a checkpoint."""
        self.run.save_text(f"facts/{name}.json", facts.model_dump_json(indent=1) + "\n")

    def items(self) -> tuple[ItemRow, ...]:
        """What each checkpoint made of every item; empty where no report was written.

        Raises:
            StoreError: a line is not an item of this version.
        """
        if not (self.path / ITEMS).exists():
            return ()
        try:
            lines = self.run.read_text(ITEMS).split("\n")
            return tuple(ItemRow.model_validate_json(line) for line in lines if line)
        except ValidationError as error:
            raise StoreError(
                f"{self.path / ITEMS} is not of this version of headstart",
                hint="measure it again: headstart tax",
            ) from error

    def save_items(self, rows: Iterable[ItemRow]) -> None:
        """Write what each checkpoint made of every item."""
        self.run.save_text(ITEMS, "".join(f"{row.model_dump_json()}\n" for row in rows))

    def _read(self, name: str, kind: type[V]) -> V:
        return read_value(self.path / name, kind)
