"""The studio's scripts are typed by their comments, and checked."""

import os
import shutil
import subprocess

import pytest

from headstart.studio.pages import STATIC

SCRIPTS = sorted(STATIC.glob("*.js"))
STRICT = ("--noEmit", "--allowJs", "--checkJs", "--strict")
LANGUAGE = ("--target", "es2022", "--module", "es2022", "--lib", "es2022,dom,dom.iterable")


def test_the_types_of_the_scripts_hold() -> None:
    program = shutil.which("tsc")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("no tsc: apt install node-typescript")
        pytest.skip("no tsc here: apt install node-typescript")
    done = subprocess.run(
        [program, *STRICT, *LANGUAGE, *map(str, SCRIPTS)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_scripts_never_make_markup_of_text() -> None:
    makers = (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
    )
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        assert not [maker for maker in makers if maker in text]
        assert ("DOMParser" in text) is (path.name == "fragment.js")
