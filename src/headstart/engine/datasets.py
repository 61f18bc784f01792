"""Rows from a `save_to_disk` folder or a hub data set, through the datasets library."""

from pathlib import Path
from typing import Any

from headstart.errors import DataError, first_line


def load_dataset(source: str) -> list[dict[str, Any]]:
    """All rows of the train split, or of the only split.

    Args:
        source: a folder written by `save_to_disk`, or a hub id.

    Raises:
        DataError: not readable, not reachable, or several splits without a train split.
    """
    import datasets  # slow to import, and needed by few
    from huggingface_hub.errors import HfHubHTTPError

    datasets.disable_progress_bars()
    try:
        found = (
            datasets.load_from_disk(source)
            if Path(source).is_dir()
            else datasets.load_dataset(source)
        )
    except (OSError, ValueError, HfHubHTTPError, datasets.exceptions.DatasetsError) as error:
        raise DataError(
            f"data set {source!r} cannot be loaded: {first_line(error)}",
            hint="check the spelling; offline, pass a file or a save_to_disk folder",
        ) from error
    if isinstance(found, datasets.DatasetDict):
        if "train" not in found and len(found) != 1:
            raise DataError(
                f"data set {source!r} has splits {', '.join(found)} and none named train",
                hint="save the split you want with save_to_disk and pass that folder",
            )
        found = found["train"] if "train" in found else next(iter(found.values()))
    return list(found)
