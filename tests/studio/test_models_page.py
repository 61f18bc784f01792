"""The models page: verdict and evidence, errors that keep the input, names that stay text."""

from pathlib import Path

from starlette.testclient import TestClient
from synthetic import CHATML, save, tensors

HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}"


def opened(client: TestClient, *refs: str) -> tuple[str, dict[str, object]]:
    """The page after pressing Inspect, and its twin."""
    answer = client.post("/models", data=dict(zip("ab", refs, strict=False)))
    address = answer.headers["location"]
    return client.get(address).text, client.get(address.replace("/?", "/models.json?")).json()


def test_page_and_twin_agree_on_the_built_in_pair(client: TestClient) -> None:
    page, twin = opened(client, "builtin:base", "builtin:instruct")
    rows = twin["rows"]
    assert isinstance(rows, list)
    assert [row["verdict"] for row in rows] == ["base", "instruct"]
    assert "<code>base</code> is a base model, <code>instruct</code> is an instruct model" in page
    report = twin["report"]
    assert isinstance(report, dict)
    for found in report["checkpoints"]:
        assert f"{found['facts']['parameters']:,}" in page
        for signal in found["evidence"]:
            assert signal["signal"] in page
    assert report["pair"]["kinship"] in page


def test_a_bad_path_is_an_inline_error_that_keeps_the_input(client: TestClient) -> None:
    page, twin = opened(client, "/no/such/model")
    assert 'value="/no/such/model"' in page
    assert 'role="alert"' in page
    assert twin["error"] is not None


def test_what_conflicts_is_shown(client: TestClient, tmp_path: Path) -> None:
    save(tmp_path / "base-with-template", tensors(trained=False), template=CHATML)
    page, twin = opened(client, str(tmp_path / "base-with-template"))
    rows = twin["rows"]
    assert isinstance(rows, list)
    assert rows[0]["conflicts"]
    assert "What does not fit" in page
    assert "a base checkpoint that ships a chat template it was not trained for" in page


def test_a_hostile_name_and_a_hostile_template_stay_text(
    client: TestClient, tmp_path: Path
) -> None:
    folder = tmp_path / HOSTILE.replace("/", "")
    save(
        folder, tensors(trained=True), template=CHATML + "{# <script>alert(1)</script> #}" + HOSTILE
    )
    page, _ = opened(client, str(folder))
    assert "<img" not in page
    assert "<script>alert" not in page
    assert "onerror=alert(1)&gt;" in page
    assert ">49" not in page


def test_an_inspection_is_done_anew_when_it_is_asked_for(
    client: TestClient, tmp_path: Path
) -> None:
    folder = tmp_path / "grows"
    folder.mkdir()
    _, before = opened(client, str(folder))
    assert before["error"] is not None
    save(folder, tensors(trained=True))
    _, after = opened(client, str(folder))
    assert after["error"] is None
