import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Said, say
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.cli import choose as command
from headstart.cli.options import listed, seconds, size_in_bytes
from headstart.domain.plan import Plan, Request
from headstart.errors import RequestError
from headstart.report.build import _command

Parse = Callable[..., Request]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", 90),
        ("20m", 1200),
        ("1.5h", 5400),
        ("1h30m", 5400),
        ("1h0m5s", 3605),
        ("45", 45),
        ("0.5", 0.5),
    ],
)
def test_times_as_people_write_them(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "20 m", "m", "1h30", "-5m", "1e3", "20min", "5m!"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="is no time"):
        seconds(text)


@settings(deadline=None)
@given(st.integers(1, 10**6))
def test_a_budget_means_the_same_in_every_unit(minutes: int) -> None:
    assert seconds(f"{minutes}m") == seconds(f"{minutes * 60}s") == seconds(str(minutes * 60))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("4GiB", 2**32), ("4 gb", 4 * 10**9), ("4G", 4 * 10**9), ("1.5KiB", 1536), ("800", 800)],
)
def test_sizes_as_people_write_them(text: str, expected: int) -> None:
    assert size_in_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "much", "-4GiB", "4 gigs", "GiB", "4GiB more"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="--memory") as told:
        size_in_bytes(text)
    assert told.value.hint


def test_starts_may_be_repeated_or_separated_by_commas() -> None:
    assert listed(["a:raw, b:chat", "c:raw", ""]) == ("a:raw", "b:chat", "c:raw")


# the command that a report prints


@pytest.fixture
def parse(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Parse:
    """Gives the Request that a command line makes, without running it."""

    def read(*words: str) -> Request:
        caught: list[Request] = []
        monkeypatch.setattr(
            command, "_run", lambda request, _out, **_options: caught.append(request)
        )
        said = say(monkeypatch, capsys, *words)
        assert (said.code, said.err) == (0, "")
        return caught[0]

    return read


def told(request: Request) -> list[str]:
    plan = Plan.model_construct(request=request)
    words = shlex.split(_command(plan))
    assert words[:2] == ["headstart", "choose"]
    return words[1:]


def test_the_printed_command_of_a_plain_request_is_short(parse: Parse) -> None:
    request = parse("choose", "org/base", "org/instruct", "--data", "org/data")
    assert told(request) == ["choose", "org/base", "org/instruct", "--data", "org/data"]
    assert parse(*told(request)) == request


EVERY_OPTION = Request(
    checkpoints=("base=org/base@main", "org/instruct"),
    data="org/data",
    test="org/test",
    columns={"prompt": "my question", "completion": "answer"},
    instruction="Answer 'yes' or \"no\";\nnothing $else.",
    system="You are terse. --really",
    metric="my.module:score",
    starts=("base:raw", "base:borrowed", "instruct:chat"),
    default="base-chat",
    budget_seconds=5400.5,
    max_train=256,
    max_test=100,
    seeds=5,
    margin=0.025,
    full=True,
    rank=8,
    epochs=2,
    shots=0,
    device="cpu",
    precision="float32",
    memory_bytes=3_000_000_001,
    seed=-3,
)


def test_the_printed_command_parses_back_to_the_same_request(parse: Parse) -> None:
    assert parse(*told(EVERY_OPTION)) == EVERY_OPTION


def test_no_option_is_left_out_of_the_test_above() -> None:
    usual = Request(checkpoints=(), data="")
    same = [f for f in Request.model_fields if getattr(usual, f) == getattr(EVERY_OPTION, f)]
    assert same == []


@pytest.mark.parametrize("budget", [0.25, 1200.0, 1e6, 1234567.0, 86400.125, 1e9])
def test_any_budget_parses_back_exactly(parse: Parse, budget: float) -> None:
    request = EVERY_OPTION.model_copy(update={"budget_seconds": budget})
    assert parse(*told(request)).budget_seconds == budget


@pytest.mark.parametrize("instruction", [None, "", "-x", "Sag: 'ä' 日本"])
def test_no_instruction_and_an_empty_one_stay_apart(parse: Parse, instruction: str | None) -> None:
    request = EVERY_OPTION.model_copy(update={"instruction": instruction})
    assert parse(*told(request)) == request


def test_files_below_home_are_printed_with_a_tilde_and_found_again(
    parse: Parse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("base", "in struct"):
        (tmp_path / "models" / name).mkdir(parents=True)
    for name in ("train.csv", "test.csv"):
        (tmp_path / name).write_text("text,label\n")
    monkeypatch.chdir(tmp_path / "models")
    request = parse(
        "choose", "base=base", "in struct", "--data", "../train.csv", "--test", "~/test.csv"
    )
    monkeypatch.chdir("/")
    assert parse(*told(request)) == request
    assert str(tmp_path) not in " ".join(told(request))


def test_checkpoints_and_data_are_pinned_to_where_they_were_typed(
    parse: Parse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a=b").mkdir()
    (tmp_path / "rows.csv").write_text("text,label\n")
    monkeypatch.chdir(tmp_path)
    request = parse("choose", "a=b", "m=a=b", "org/model", "--data", "rows.csv")
    here = str(tmp_path / "a=b")
    assert request.checkpoints == (here, f"m={here}", "org/model")
    assert request.data == str(tmp_path / "rows.csv")


# help and version


def said(*words: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys; from headstart.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as leaving:\n    code = leaving.code\n"
        "else:\n    code = 0\n"
        "heavy = {'torch', 'transformers', 'peft', 'datasets'} & set(sys.modules)\n"
        "print('heavy:', sorted(heavy), file=sys.stderr)\n"
        "sys.exit(code)"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "words", [["--help"], ["choose", "--help"], ["--version"], ["runs", "nowhere"]]
)
def test_quick_answers_load_no_heavy_library(words: list[str]) -> None:
    done = said(*words)
    assert done.returncode == 0, done.stderr
    assert "heavy: []" in done.stderr


def test_to_draw_a_report_again_loads_no_heavy_library(tmp_path: Path) -> None:
    done = said("report", str(tmp_path))
    assert done.returncode == 2
    assert "report.json cannot be read" in done.stderr
    assert "heavy: []" in done.stderr


def test_help_names_every_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    help_text: Said = say(monkeypatch, capsys, "--help")
    assert help_text.code == 0
    assert all(name in help_text.out for name in ("choose", "report", "runs"))
