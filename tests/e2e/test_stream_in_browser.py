"""The stream's parser in the browser: whole, wherever the bytes are cut."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

LINES = [
    {"type": "token", "text": "héllo 日本語 한국어 — “quoted”\n"},
    {"type": "token", "text": "👩‍👩‍👧‍👦🇫🇷🏳️‍🌈𝄞"},
    {"type": "token", "text": '\\n " \u2028 \u0000 <script>'},
    {"type": "done"},
]
CUT_EVERYWHERE = """async (bytes) => {
  const { LineParser } = await import("/static/ndjson.js");
  const all = new Uint8Array(bytes);
  const found = [];
  for (let cut = 0; cut <= all.length; cut += 1) {
    const parser = new LineParser();
    const first = parser.push(all.slice(0, cut));
    found.push([...first, ...parser.push(all.slice(cut)), ...parser.end()]);
  }
  const one = new LineParser();
  found.push([...[...all].flatMap((byte) => one.push(new Uint8Array([byte]))), ...one.end()]);
  return found;
}"""
CUT_HERE = """async ([bytes, cuts]) => {
  const { values } = await import("/static/ndjson.js");
  const all = new Uint8Array(bytes);
  const ends = [...cuts, all.length];
  let at = 0;
  const stream = new ReadableStream({
    pull(controller) {
      if (ends.length === 0) { controller.close(); return; }
      const end = Math.max(at, ends.shift());
      if (end > at) controller.enqueue(all.slice(at, end));
      else controller.enqueue(new Uint8Array());
      at = end;
    },
  });
  const found = [];
  for await (const value of values(stream)) found.push(value);
  return found;
}"""


def encoded(lines: list[object]) -> list[int]:
    return list("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines).encode())


def test_a_stream_survives_a_cut_at_every_byte(page: Page) -> None:
    page.goto("/")
    found = page.evaluate(CUT_EVERYWHERE, encoded(LINES))
    assert len(found) == len(encoded(LINES)) + 2
    assert all(each == LINES for each in found)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=40,
    deadline=None,
)
@given(
    st.lists(st.fixed_dictionaries({"text": st.text(max_size=20)}), max_size=6),
    st.lists(st.integers(0, 200), max_size=8),
)
def test_any_text_cut_anywhere_comes_out_whole(
    page: Page, lines: list[object], cuts: list[int]
) -> None:
    if page.url == "about:blank":
        page.goto("/")
    data = encoded(lines)
    within = sorted(min(cut, len(data)) for cut in cuts)
    assert page.evaluate(CUT_HERE, [data, within]) == lines


def test_bytes_that_are_no_text_are_refused(page: Page) -> None:
    page.goto("/")
    told = page.evaluate(
        """async () => {
             const { LineParser } = await import("/static/ndjson.js");
             try { new LineParser().push(new Uint8Array([0xff, 0x0a])); return "taken"; }
             catch (error) { return error.name; }
           }"""
    )
    assert told == "TypeError"
