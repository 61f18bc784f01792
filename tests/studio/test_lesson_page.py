"""The lesson in the studio's frame."""

from starlette.testclient import TestClient

from headstart.lesson import page
from headstart.studio.guard import HEADERS

PATH = "/lesson/base-vs-instruct"


def test_the_whole_lesson_is_there_with_its_findings(client: TestClient) -> None:
    text, twin = client.get(PATH).text, client.get(f"{PATH}.json").json()
    assert str(page.lesson_html(run_url="/lesson/run")) in text
    assert len(twin["experiments"]) == 12
    assert {one["experiment"] for one in twin["findings"]} == set(twin["experiments"])


def test_the_lessons_files_are_served_and_no_others(client: TestClient) -> None:
    for path in page.STATIC.iterdir():
        assert client.get(f"/lesson/static/{path.name}").status_code == 200
    for name in ("..%2fpage.py", "page.py", "%2e%2e%2fdata%2fcheck.toml"):
        assert client.get(f"/lesson/static/{name}").status_code == 404


def test_an_experiment_that_makes_no_sense_is_refused(client: TestClient) -> None:
    assert client.post("/lesson/run", json={"experiment": "x" * 99}).status_code == 422


def test_its_policy_is_the_strict_one_but_for_trusted_types(client: TestClient) -> None:
    answer = client.get(PATH)
    found = {name: answer.headers[name] for name in HEADERS}
    policy = found.pop("content-security-policy")
    strict = dict(HEADERS)
    assert strict.pop("content-security-policy").startswith(f"{policy}; require-trusted-types-for")
    assert found == strict
