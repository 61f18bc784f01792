"""The tax pages: dots, table and JSON agree; what covers zero says so; exports stand alone."""

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from taxed import taxed

from headstart.report.tax_html import tax_html

EVIL = "in\x1b[31m\u202e](http://x)<img src=x onerror=alert(1)>"


@pytest.fixture
def report(tmp_path: Path) -> Any:
    found = taxed()
    folder = tmp_path / "runs" / "tax-1"
    folder.mkdir(parents=True)
    (folder / "tax.json").write_text(found.model_dump_json())
    (folder / "tax.html").write_text(tax_html(found))
    return found


def test_the_list_leads_with_what_it_cost(client: TestClient, report: Any) -> None:
    page, twin = client.get("/tax").text, client.get("/tax.json").json()
    assert [run["id"] for run in twin["runs"]] == ["tax-1"]
    assert twin["runs"][0]["headlines"] == [one.headline for one in report.checkpoints]
    assert report.checkpoints[0].name in page


def test_dots_table_and_json_agree(client: TestClient, report: Any) -> None:
    page, twin = client.get("/tax/tax-1").text, client.get("/tax/tax-1.json").json()
    lines = twin["report"]["checkpoints"][0]["lines"]
    measured = [one for one in lines if "mean" in one["difference"]]
    assert len(re.findall('class="dot ', page)) == len(measured)
    found = [one for one in measured if one["finding"] in ("tax", "gain", "changed")]
    assert page.count('class="dot resolved"') == len(found)
    for one in measured:
        assert page.count(one["measure"]) >= 2


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
    (tmp_path / "runs" / "tax-1" / "tax-plan.json").write_text("private")
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
