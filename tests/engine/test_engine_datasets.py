from pathlib import Path

import pytest

from headstart.engine.datasets import load_dataset
from headstart.errors import DataError

ROWS = [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]


def saved(folder: Path, *splits: str) -> str:
    from datasets import Dataset, DatasetDict

    one = Dataset.from_list(ROWS)
    whole = DatasetDict(dict.fromkeys(splits, one)) if splits else one
    whole.save_to_disk(folder)
    return str(folder)


@pytest.mark.parametrize("splits", [(), ("train",), ("test",), ("test", "train")])
def test_the_train_split_or_the_only_one_is_read(splits: tuple[str, ...], tmp_path: Path) -> None:
    assert load_dataset(saved(tmp_path / "data", *splits)) == ROWS


def test_several_splits_without_one_named_train_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="splits dev, test and none named train"):
        load_dataset(saved(tmp_path / "data", "dev", "test"))


def test_a_folder_that_is_no_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be loaded"):
        load_dataset(str(tmp_path))
