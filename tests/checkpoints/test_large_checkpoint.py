"""A sparse checkpoint of 70 billion parameters: headers, small files and a few rows only."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from measured import run_measured

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "inspect_large.py"
MEGABYTES = 200
"""The time it takes is measured by the benchmark."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = spec_from_file_location("inspect_large", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("large")
    module.write_checkpoint(folder)
    return folder


def test_seventy_billion_parameters_are_inspected_without_holding_them(large: Path) -> None:
    took = run_measured(large, "inspect", str(large), "--json")
    assert took.code == 0
    assert took.megabytes < MEGABYTES
    told = json.loads(took.out)
    facts = told["checkpoints"][0]["facts"]
    assert facts["parameters"] == 70_553_706_496
    assert facts["shards"] == 30
    assert facts["family"] == "Llama 3"
    assert told["checkpoints"][0]["rows"]["why"].endswith("nothing but zeros, or no numbers")
    assert told["pair"] is None
