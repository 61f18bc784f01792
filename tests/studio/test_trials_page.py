"""The trials pages: what is stored is what is shown, finished or not."""

import re
from pathlib import Path

from starlette.testclient import TestClient
from studio_scenes import stored_run

RUNNING = ("base-raw", "instruct")


def test_a_finished_run_shows_its_verdict_and_its_curves(
    client: TestClient, tmp_path: Path
) -> None:
    stored_run(tmp_path / "runs", "pets-1")
    page, twin = client.get("/trials/pets-1").text, client.get("/trials/pets-1.json").json()
    report = twin["run"]["report"]
    assert twin["state"] == "finished"
    assert report["verdict"]["reason"] in page.replace("&#39;", "'")
    assert "<svg" in page
    for start in report["starts"]:
        for point in start["curve"]:
            assert f"{100 * point['mean']:.1f}%" in page
    assert twin["headline"] in page


def test_an_unfinished_run_shows_what_there_is(client: TestClient, tmp_path: Path) -> None:
    folder = stored_run(tmp_path / "runs", "pets-2", finished=False)
    twin = client.get("/trials/pets-2.json").json()
    assert twin["state"] == "unfinished"
    assert twin["run"]["report"] is None
    assert all(start["curve"] for start in twin["run"]["starts"])
    page = client.get("/trials/pets-2").text
    assert "Go on" in page
    assert f"headstart choose {folder.path}" in page


def test_a_run_of_another_process_shows_as_running(client: TestClient, tmp_path: Path) -> None:
    folder = stored_run(tmp_path / "runs", "pets-3", finished=False)
    with folder.claimed():
        assert client.get("/trials/pets-3.json").json()["state"] == "running"
        assert client.get("/trials.json").json()["runs"][0]["state"] == "running"
    assert client.get("/trials.json").json()["runs"][0]["state"] == "unfinished"


def test_points_appear_as_trials_are_stored(client: TestClient, tmp_path: Path) -> None:
    folder = stored_run(tmp_path / "runs", "pets-4", finished=False)
    stored = sorted((folder.path / "trials").glob("*tuned*"))
    hidden = {path: path.read_bytes() for path in stored}
    for path in stored:
        path.unlink()
    counts = []
    for path, content in hidden.items():
        path.write_bytes(content)
        starts = client.get("/trials/pets-4.json").json()["run"]["starts"]
        counts.append(sum(point["seeds"] for start in starts for point in start["curve"]))
    assert counts == list(range(1, len(hidden) + 1))


def test_a_failed_trial_is_flagged_and_not_drawn(client: TestClient, tmp_path: Path) -> None:
    stored_run(tmp_path / "runs", "pets-5", nan=True)
    twin = client.get("/trials/pets-5.json").json()
    assert twin["failed"]
    page = client.get("/trials/pets-5").text
    assert "the loss is not a number at step 2" in page
    picture = re.search(r"<svg class=.chart.*?</svg>", page, re.DOTALL)
    assert picture is not None
    assert "nan" not in picture[0].lower()


def test_a_run_that_is_not_there_is_no_page(client: TestClient) -> None:
    for path in ("/trials/nothing", "/trials/nothing.json", "/nothing", "/tax/nothing"):
        assert client.get(path).status_code == 404


def test_a_dropped_file_is_kept_by_its_content_and_opened(
    client: TestClient, tmp_path: Path
) -> None:
    rows = b"prompt,completion\nhello,world\n"
    answer = client.post("/trials/data?name=..%2F..%2Fetc%2Fmine.csv", content=rows)
    kept = Path(answer.json()["data"])
    assert kept.is_relative_to(tmp_path / "scratch")
    assert (kept.name, kept.read_bytes()) == ("mine.csv", rows)
    again = client.post("/trials/data?name=mine.csv", content=rows)
    assert again.json()["data"] == str(kept)


def test_what_is_no_data_file_is_not_kept(client: TestClient, tmp_path: Path) -> None:
    for name in ("", "x.exe", "..", ".csv", "x.csv/../../y.html"):
        assert client.post("/trials/data", params={"name": name}, content=b"x").status_code == 422
    assert not (tmp_path / "scratch").exists()


def test_trials_are_started_once_by_a_form(client: TestClient, tmp_path: Path) -> None:
    data = tmp_path / "long.csv"
    data.write_text("prompt,completion\nhello,world\n")
    form = {"data": str(data), "base": "builtin:base", "inst": "", "minutes": "2"}
    first = client.post("/trials/start", data=form)
    assert first.status_code == 303
    assert client.post("/trials/start", data=form).headers["location"] == first.headers["location"]
    jobs = client.get("/trials.json").json()["jobs"]
    assert len({job["run"] for job in jobs}) == 1


def test_a_form_without_data_says_what_is_missing(client: TestClient) -> None:
    answer = client.post("/trials/start", data={"data": " ", "base": "builtin:base"})
    assert answer.status_code == 422
    assert "no data is given" in answer.text
