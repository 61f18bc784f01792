"""`headstart lesson build`: the lesson as files that any web server can serve, offline."""

import shutil
from pathlib import Path

from headstart.errors import StoreError
from headstart.lesson.content import lesson
from headstart.lesson.page import STATIC, lesson_html, site_page
from headstart.lesson.recorded import FILE

PAGE = "index.html"
FINDINGS = "findings.json"


def build(out: Path) -> list[Path]:
    """Write the page with its recorded findings, the findings as JSON, style and modules.

    Files of the same names are replaced; others in the folder are left alone. No file names a
    machine, and none asks for anything beyond the folder.

    Args:
        out: the folder; made where it is missing.

    Returns:
        What was written.

    Raises:
        StoreError: the folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        page = out / PAGE
        page.write_text(site_page(lesson().title, lesson_html()), encoding="utf-8")
        beside = {FINDINGS: FILE} | {each.name: each for each in sorted(STATIC.iterdir())}
        copied = [Path(shutil.copyfile(each, out / name)) for name, each in beside.items()]
    except OSError as error:
        raise StoreError(
            f"{out} cannot be written: {error.strerror or error}", hint="pass another --out"
        ) from error
    return [page, *copied]
