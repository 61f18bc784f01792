"""The tax pages: dots, table and JSON agree; what covers zero says so; exports stand alone."""

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from taxed import stored_tax, taxed

from headstart.domain.tax import TaxRequest
from headstart.domain.tax_items import ItemAnswer, ItemRow
from headstart.tax.folder import TaxFolder

EVIL = "in\x1b[31m\u202e](http://x)<img src=x onerror=alert(1)>"


@pytest.fixture
def report(tmp_path: Path) -> Any:
    return stored_tax(tmp_path / "runs" / "tax-1")


def test_the_list_leads_with_what_it_cost(client: TestClient, report: Any) -> None:
    page, twin = client.get("/tax").text, client.get("/tax.json").json()
    assert [run["id"] for run in twin["runs"]] == ["tax-1"]
    assert twin["runs"][0]["headlines"] == [one.headline for one in report.checkpoints]
    assert report.checkpoints[0].name in page


def test_dots_table_and_json_agree(client: TestClient, report: Any) -> None:
    page, twin = client.get("/tax/tax-1").text, client.get("/tax/tax-1.json").json()
    lines = twin["report"]["checkpoints"][0]["lines"]
    measured = [one for one in lines if "mean" in one["difference"]]
    found = [one for one in measured if one["finding"] in ("tax", "gain", "changed")]
    for layout in ("wide", "narrow"):
        drawn = "".join(re.findall(rf'<svg class="chart forest {layout}".*?</svg>', page))
        assert drawn.count('class="dot ') == len(measured)
        assert drawn.count('class="dot resolved"') == len(found)
    for one in measured:
        assert page.count(one["measure"]) >= 2


def test_the_heading_counts_what_the_table_finds(client: TestClient, report: Any) -> None:
    page = client.get("/tax/tax-1").text
    found = [line.finding.value for line in report.checkpoints[0].lines]
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", page)
    assert heading is not None
    for kind, verb in (("gain", "gained"), ("tax", "paid")):
        assert found.count(kind) > 0
        assert f"{verb} in {found.count(kind)} measure" in heading[1]


def test_an_interval_over_zero_is_not_resolved(client: TestClient, report: Any) -> None:
    page, twin = client.get("/tax/tax-1").text, client.get("/tax/tax-1.json").json()
    over = [
        one
        for one in twin["report"]["checkpoints"][0]["lines"]
        if "mean" in one["difference"] and one["difference"]["low"] < 0 < one["difference"]["high"]
    ]
    assert over
    for one in over:
        assert one["finding"] not in ("tax", "gain")
        assert f"not resolved at n = {one['difference']['n']}" in page


def test_an_export_stands_alone(client: TestClient, report: Any) -> None:
    answer = client.get("/tax/tax-1/export/tax.html")
    assert "attachment" in answer.headers["content-disposition"]
    assert "<script" not in answer.text
    assert not re.search(r'(src|href)="http', answer.text)


def test_only_exports_can_be_taken_away(client: TestClient, report: Any, tmp_path: Path) -> None:
    for name in ("tax-plan.json", "..%2fx", "tax.md", "%2fetc%2fpasswd"):
        assert client.get(f"/tax/tax-1/export/{name}").status_code == 404


def test_a_hostile_name_stays_text(client: TestClient, tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "tax-evil"
    folder.mkdir(parents=True)
    (folder / "tax.json").write_text(taxed(EVIL, faulty=True).model_dump_json())
    page = client.get("/tax/tax-evil").text
    assert "<img" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_a_report_of_another_version_says_so(client: TestClient, tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "tax-old"
    folder.mkdir(parents=True)
    (folder / "tax.json").write_text('{"schema": "headstart.tax/0"}')
    answer = client.get("/tax/tax-old")
    assert answer.status_code == 500
    assert "not a tax report of this version" in answer.text
    assert client.get("/tax.json").json()["runs"] == []


def shown(client: TestClient, **query: str) -> tuple[str, dict[str, Any]]:
    """The page and its twin with a filter."""
    twin = client.get("/tax/tax-1.json", params=query).json()["items"]
    return client.get("/tax/tax-1", params=query).text, twin


def test_the_items_add_up_to_the_lines(client: TestClient, report: Any) -> None:
    """Who is right, item by item, gives the very differences of the table."""
    _, items = shown(client)
    lines = {line.measure: line for line in report.checkpoints[0].lines}
    for measure, sign in (
        ("accuracy", 1),
        ("over-refusal", -1),
        ("under-refusal", -1),
        ("prompts, strict", 1),
    ):
        counts = next(t["counts"] for t in items["tallies"] if t["measure"] == measure)
        difference = lines[measure].difference
        assert sum(counts.values()) == difference.n == 60
        gap = (counts["other"] - counts["base"]) / difference.n
        assert sign * gap == pytest.approx(difference.mean, abs=1e-9)


@pytest.mark.parametrize("who", ["base", "other", "both", "neither"])
@pytest.mark.parametrize("measure", ["accuracy", "over-refusal"])
def test_the_filter_shows_those_items_and_no_others(
    client: TestClient, report: Any, measure: str, who: str
) -> None:
    page, items = shown(client, measure=measure, who=who)
    (counts,) = (t["counts"] for t in items["tallies"] if t["measure"] == measure)
    assert items["total"] == counts[who]
    wanted = {"base": (True, False), "other": (False, True)}.get(who, (who == "both",) * 2)
    seen = []
    for number in range(1, items["pages"] + 1):
        page, items = shown(client, measure=measure, who=who, page=str(number))
        for row in items["rows"]:
            assert row["measure"] == measure
            right = tuple(row["answers"][name]["right"] for name in ("base", "instruct"))
            assert right == wanted
            assert row["prompt"] in page
            seen.append(row["id"])
    assert len(seen) == len(set(seen)) == counts[who]


@pytest.mark.parametrize(
    "query",
    [
        {"measure": "no such measure"},
        {"who": "<script>"},
        {"of": "nobody"},
        {"page": "0"},
        {"page": "-1"},
        {"page": "99999999999999999999"},
        {"page": "\u0663"},
    ],
)
def test_a_filter_that_names_nothing_shows_what_there_is(
    client: TestClient, report: Any, query: dict[str, str]
) -> None:
    page, items = shown(client, **query)
    assert items["rows"]
    assert items["page"] in (1, items["pages"])
    assert "<script>" not in page


def test_hostile_items_stay_text(client: TestClient, tmp_path: Path, report: Any) -> None:
    answers = {name: ItemAnswer(right=name == "base", said=EVIL) for name in ("base", "instruct")}
    row = ItemRow(measure="accuracy", id="x", group="", prompt=EVIL, expected=EVIL, answers=answers)
    TaxFolder(tmp_path / "runs" / "tax-1").save_items([row])
    page, items = shown(client, who="base")
    assert items["total"] == 1
    for bad in ("<img", "\x1b", "\u202e"):
        assert bad not in page


def test_a_report_without_items_has_no_filter(
    client: TestClient, tmp_path: Path, report: Any
) -> None:
    (tmp_path / "runs" / "tax-1" / "items.jsonl").unlink()
    page, items = shown(client)
    assert items is None
    assert "Item by item" not in page


def test_damaged_items_say_so(client: TestClient, tmp_path: Path, report: Any) -> None:
    (tmp_path / "runs" / "tax-1" / "items.jsonl").write_text("{\n")
    answer = client.get("/tax/tax-1")
    assert answer.status_code == 500
    assert "items.jsonl is not of this version" in answer.text


def test_a_measurement_is_queued_and_shows_its_place(client: TestClient, tmp_path: Path) -> None:
    form = {"base": "builtin:base", "inst": "builtin:instruct", "minutes": "3", "n": "40"}
    answer = client.post("/tax/start", data=form)
    assert answer.status_code == 303
    where = answer.headers["location"]
    assert where.startswith("/tax/tax-base-instruct-")
    twin = client.get(f"{where}.json").json()
    asked = {"checkpoints": ("builtin:base", "builtin:instruct"), "n": 40, "budget_seconds": 180}
    job = client.app.state.studio.jobs.of_run(twin["id"])  # type: ignore[attr-defined]
    assert job.ask.request == TaxRequest.model_validate(asked)
    assert job.ask.out == str(tmp_path / "runs" / twin["id"])
    assert twin["job"]["page"] == where
    assert client.get(where).status_code == 200
    assert client.post("/tax/start", data=form).headers["location"] == where


@pytest.mark.parametrize(
    ("form", "fact"),
    [
        ({"n": "1"}, "n: Input should be greater than or equal to 2"),
        ({"minutes": "soon"}, "minutes: "),
        ({"base": "mine=", "inst": ""}, "names no source"),
    ],
)
def test_a_form_that_asks_for_nothing_is_refused(
    client: TestClient, form: dict[str, str], fact: str
) -> None:
    answer = client.post("/tax/start", data=form)
    assert answer.status_code == 422
    assert fact in answer.text


def test_an_unfinished_run_can_go_on(client: TestClient, tmp_path: Path) -> None:
    stored_tax(tmp_path / "runs" / "tax-half", finished=False)
    page, twin = client.get("/tax/tax-half").text, client.get("/tax/tax-half.json").json()
    assert twin["state"] == "unfinished"
    assert 0 < twin["stored"] < len(twin["plan"]["jobs"])
    assert "Go on" in page
    assert "No report yet" in client.get("/tax").text
    answer = client.post("/tax/tax-half/resume")
    assert answer.headers["location"] == "/tax/tax-half"
    assert client.get("/tax/tax-half.json").json()["job"]["kind"] == "tax"
    assert client.post("/tax/nothing/resume").status_code == 404
