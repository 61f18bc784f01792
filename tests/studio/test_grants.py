"""Nothing is read that the user did not open."""

from pathlib import Path
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from studio_scenes import stored_run

from headstart.studio.grants import Grants, below

SECRET = "the-secret-of-this-machine"


def test_an_address_alone_opens_nothing(client: TestClient, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text(f'{{"architectures": ["{SECRET}"]}}')
    page = client.get("/", params={"a": str(model)})
    assert SECRET not in page.text
    assert "Nothing of it has been read" in page.text
    assert client.get("/models.json", params={"a": str(model)}).json()["report"] is None


def test_data_named_by_a_link_is_not_read(client: TestClient, tmp_path: Path) -> None:
    data = tmp_path / "rows.csv"
    data.write_text(f"prompt,completion\n{SECRET},x\n")
    page = client.get("/trials/new", params={"data": str(data)})
    assert SECRET not in page.text
    assert client.get("/trials/new.json", params={"data": str(data)}).json()["preview"] is None


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=60,
    deadline=None,
)
@given(
    st.lists(
        st.sampled_from(["..", ".", "%2e%2e", "etc", "passwd", "runs", "x", "\\", "\0", "~", "//"]),
        min_size=1,
        max_size=6,
    ).map("/".join)
)
def test_no_fuzzed_run_name_leaves_the_runs_folder(
    client: TestClient, tmp_path: Path, name: str
) -> None:
    (tmp_path / "plan.json").write_text(SECRET)
    (tmp_path / "runs").mkdir(exist_ok=True)
    for path in (f"/trials/{quote(name, safe='')}", f"/trials/{quote(name, safe='/')}"):
        answer = client.get(path)
        assert SECRET not in answer.text
        assert "root:" not in answer.text
        assert answer.status_code < 500


def test_a_link_out_of_the_runs_folder_is_not_followed(tmp_path: Path) -> None:
    outside = stored_run(tmp_path / "elsewhere", "private")
    runs = tmp_path / "runs"
    inside = stored_run(runs, "mine")
    (runs / "theirs").symlink_to(outside.path, target_is_directory=True)
    assert below(runs, "mine") == inside.path
    assert below(runs, "theirs") is None
    assert below(runs, "../elsewhere/private") is None


def test_what_ships_is_always_open_and_nothing_else_is() -> None:
    grants = Grants()
    assert grants.closed("builtin:base", "", " ", "/etc") == ("/etc",)
    grants.open("/etc")
    assert grants.closed("/etc", "/etc/passwd") == ("/etc/passwd",)
