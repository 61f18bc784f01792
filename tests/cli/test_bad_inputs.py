"""What users get wrong: exit code 2, a fact and a hint on stderr, nothing on stdout."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from command_line import Said, say
from tiny import save_tiny

Refused = Callable[..., str]
GOOD = "".join(f"red {n},{'ab'[n % 2]}\n" for n in range(30))


@dataclass(frozen=True)
class Place:
    """A folder with good and bad things in it."""

    root: Path

    @property
    def base(self) -> str:
        return str(self.root / "base")

    @property
    def instruct(self) -> str:
        return str(self.root / "instruct")

    @property
    def good(self) -> str:
        return str(self.root / "good.csv")

    def file(self, name: str, content: str | bytes) -> str:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    root = tmp_path_factory.mktemp("bad")
    save_tiny(root / "base", template=None, seed=1)
    save_tiny(root / "instruct", seed=2)
    found = Place(root)
    found.file("good.csv", "text,label\n" + GOOD)
    return found


@pytest.fixture
def refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Refused:
    """Runs `headstart WORDS`, demands a refusal, and gives what was told."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> str:
        said = say(monkeypatch, capsys, *words)
        require_refusal(said)
        return said.err

    return run


def require_refusal(said: Said) -> None:
    assert said.code == 2, said.err
    assert said.out == ""
    assert "Traceback" not in said.err
    told = [line for line in said.err.splitlines() if line.startswith(("error: ", "hint: "))]
    assert [line.partition(":")[0] for line in told] == ["error", "hint"], said.err
    assert all(len(line) > len("error: ") for line in told)


# the data


def test_a_data_file_that_is_not_there(place: Place, refused: Refused) -> None:
    told = refused("choose", place.base, "--data", str(place.root / "godo.csv"))
    assert "godo.csv: no such file" in told
    assert "did you mean" in told
    assert "good.csv" in told


@pytest.mark.parametrize(
    ("name", "content", "fact"),
    [
        ("empty.csv", "", "empty.csv is empty"),
        ("header.csv", "text,label\n", "header.csv holds no rows"),
        ("one.csv", "text,label\na,b\n", "1 distinct prompt"),
        ("few.csv", "text,label\n" + "".join(f"t{n},{n % 2}\n" for n in range(9)), "rows"),
        ("same.csv", "text,label\n" + "".join(f"t{n},yes\n" for n in range(30)), "label 'yes'"),
        (
            "broken.jsonl",
            '{"text": "a", "label": "b"}\n{"text": "a", "la\n',
            "broken.jsonl, line 2",
        ),
        ("odd.csv", "question,reply\n" + GOOD, "fits no accepted layout"),
        ("notes.docx", "text,label\n" + GOOD, "unknown extension '.docx'"),
        ("latin.csv", b"text,label\n\xe4,b\n", "latin.csv"),
    ],
)
def test_data_that_cannot_be_used(
    place: Place, refused: Refused, name: str, content: str | bytes, fact: str
) -> None:
    data = place.file(name, content)
    told = refused("choose", place.base, "--data", data)
    assert fact in told


def test_an_unknown_column_is_named_with_those_there_are(place: Place, refused: Refused) -> None:
    told = refused("choose", place.base, "--data", place.good, "--columns", "text=tekst")
    assert "no column 'tekst'" in told
    assert "did you mean 'text'?" in told


def test_no_data_at_all(place: Place, refused: Refused) -> None:
    assert "--data is missing" in refused("choose", place.base)


# the checkpoints


def test_a_checkpoint_that_is_not_there(place: Place, refused: Refused) -> None:
    told = refused("choose", f"{place.root}/bsae", "--data", place.good)
    assert "nothing is there" in told
    assert "did you mean" in told


def test_a_folder_that_is_no_model(place: Place, refused: Refused) -> None:
    place.file("empty/readme.txt", "hello")
    assert "no model" in refused("choose", f"{place.root}/empty", "--data", place.good)


def test_a_pickle_checkpoint(place: Place, refused: Refused) -> None:
    place.file("pickled/config.json", json.dumps({"model_type": "llama"}))
    place.file("pickled/pytorch_model.bin", b"\x80\x02}q\x00.")
    told = refused("choose", f"{place.root}/pickled", "--data", place.good)
    assert "pytorch_model.bin" in told
    assert "save_pretrained" in told


@pytest.mark.parametrize("size", [0, 4, 20])
def test_a_truncated_gguf(place: Place, refused: Refused, size: int) -> None:
    start = b"GGUF" + (3).to_bytes(4, "little") + (9).to_bytes(8, "little") * 2
    path = place.file(f"cut{size}.gguf", start[:size])
    assert f"cut{size}.gguf" in refused("choose", path, "--data", place.good)


@pytest.mark.parametrize("keep", [0.0, 0.001, 0.9])
def test_truncated_weights(place: Place, refused: Refused, keep: float) -> None:
    folder = save_tiny(place.root / f"cut-{keep}", template=None)
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: int(keep * len(whole))])
    assert "model.safetensors" in refused("choose", str(folder), "--data", place.good)


def test_a_hub_id_offline(place: Place, refused: Refused) -> None:
    told = refused("choose", "headstart-tests/no-such-model", "--data", place.good)
    assert "not in the local cache" in told
    assert "HF_HUB_OFFLINE" in told


def test_a_name_given_twice(place: Place, refused: Refused) -> None:
    told = refused("choose", f"m={place.base}", f"m={place.instruct}", "--data", place.good)
    assert "the name 'm' is given to 2 checkpoints" in told


# the options

OPTIONS = [
    (("--budget", "soon"), "--budget 'soon' is no time"),
    (("--budget", "0s"), "--budget is 0 s"),
    (("--starts", "bse:raw"), "checkpoints: base, instruct"),
    (("--starts", "base:chat"), "has no chat template"),
    (("--starts", "base:raw,base:raw"), "named twice"),
    (("--starts", "instruct:borrowed"), "could borrow"),
    (("--metric", "acuracy"), "did you mean 'accuracy'?"),
    (("--metric", "nowhere:score"), "no module 'nowhere'"),
    (("--columns", "text"), "target=column"),
    (("--seeds", "0"), "--seeds is 0"),
    (("--margin", "2"), "--margin is 2.0"),
    (("--max-test", "1"), "--max-test is 1"),
    (("--max-train", "0"), "--max-train is 0"),
    (("--rank", "0"), "--rank is 0"),
    (("--default", "best"), "starts: base-raw, instruct"),
    (("--device", "abacus"), "device 'abacus' is not available here"),
    (("--precision", "float8"), "precision 'float8' is unknown"),
]


@pytest.mark.parametrize(("words", "told"), OPTIONS, ids=[" ".join(o[0]) for o in OPTIONS])
def test_an_option_out_of_its_range(
    place: Place, refused: Refused, words: tuple[str, ...], told: str
) -> None:
    pair = (place.base, place.instruct)
    assert told in refused("choose", *pair, "--data", place.good, *words)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_where_there_is_none(place: Place, refused: Refused) -> None:
    told = refused("choose", place.base, "--data", place.good, "--device", "cuda")
    assert "device 'cuda' is not available here" in told
    assert "available: " in told


def test_an_output_folder_that_cannot_be_written(place: Place, refused: Refused) -> None:
    out = f"{place.good}/run"
    told = refused("choose", place.base, "--data", place.good, "--out", out)
    assert "cannot write the run folder" in told
    assert "--out" in told


# run folders


@pytest.fixture
def foreign(
    place: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Path:
    """A run folder with a plan and nothing else."""
    said = say(
        monkeypatch, capsys, "choose", place.base, "--data", place.good, "--dry-run", "--json"
    )
    assert said.code == 0, said.err
    folder = tmp_path / "foreign"
    (folder / "trials").mkdir(parents=True)
    (folder / "plan.json").write_text(said.out)
    return folder


def test_a_run_folder_of_another_request(place: Place, foreign: Path, refused: Refused) -> None:
    words = ("choose", place.base, "--data", place.good, "--seeds", "2", "--out", str(foreign))
    told = refused(*words)
    assert "holds a run of another request" in told
    assert list((foreign / "trials").iterdir()) == []


@pytest.mark.parametrize(
    "words", [("--seeds", "5"), ("--budget", "1h"), ("--out", "x"), ("--full",)]
)
def test_options_beside_a_run_folder_are_not_dropped_in_silence(
    foreign: Path, refused: Refused, words: tuple[str, ...]
) -> None:
    told = refused("choose", str(foreign), *words)
    assert f"{words[0]} is given" in told


def test_a_run_folder_of_another_version(foreign: Path, refused: Refused) -> None:
    plan = json.loads((foreign / "plan.json").read_text())
    (foreign / "plan.json").write_text(json.dumps(plan | {"schema": "headstart.plan/0"}))
    assert "is not a plan of this version" in refused("choose", str(foreign))


def test_a_report_that_is_not_there_or_broken(foreign: Path, refused: Refused) -> None:
    assert "report.json cannot be read" in refused("report", str(foreign))
    (foreign / "report.json").write_text('{"schema": ')
    assert "report.json is no JSON" in refused("report", str(foreign))
    assert "exclude one another" in refused("report", str(foreign), "--json", "--md")


# through a real process


def process(*words: str) -> Said:
    done = subprocess.run(
        [sys.executable, "-m", "headstart", *words], capture_output=True, text=True, check=False
    )
    return Said(done.returncode, done.stdout, done.stderr)


def test_a_refusal_from_a_real_process(place: Place) -> None:
    require_refusal(process("choose", place.base))


@pytest.mark.parametrize(
    "words", [("choose", "--nonsense"), ("chose",), ("choose",), ("choose", "x", "--seeds", "two")]
)
def test_usage_errors_leave_with_two(
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = say(monkeypatch, capsys, *words)
    assert said.code == 2
    assert said.out == ""
    assert "Traceback" not in said.err
    assert said.err.strip()
