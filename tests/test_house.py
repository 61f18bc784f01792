"""The house rules that no tool checks by itself."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "headstart"
MODULES = sorted(PACKAGE.rglob("*.py"))
HEAVY = ("accelerate", "datasets", "peft", "torch", "transformers", "trl")
MOST_LINES = 400
Documented = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def rooms() -> set[str]:
    return {dotted(path) for path in [*PACKAGE.glob("*.py"), *PACKAGE.glob("*/__init__.py")]}


def test_imports_keep_their_contracts() -> None:
    done = python(
        "-c", "from importlinter.cli import lint_imports_command as lint; lint(['--no-logo'])"
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_is_named_in_the_contracts() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {each["id"]: each for each in settings["tool"]["importlinter"]["contracts"]}
    layered = {room for layer in contracts["layers"]["layers"] for room in layer.split(" | ")}
    assert rooms() - {"headstart"} <= layered
    assert rooms() - {"headstart", "headstart.engine"} <= set(contracts["heavy"]["source_modules"])


def test_no_room_but_the_engine_loads_a_heavy_library() -> None:
    # these open the engine, and whoever imports them means to run; __main__ runs when imported
    heavy = (
        "headstart.engine",
        "headstart.choose",
        "headstart.keeping",
        "headstart.comparison",
        "headstart.taxation",
        "headstart.demo.",
        "headstart.forge.evaluate",
        "headstart.lesson.experiments",
        "headstart.studio.worker.",
        "headstart.__main__",
    )
    light = [name for name in map(dotted, MODULES) if not name.startswith(heavy)]
    done = python(
        "-c",
        f"import importlib, sys; [importlib.import_module(name) for name in {light}]; "
        f"print([name for name in {HEAVY} if name in sys.modules])",
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_help_loads_no_heavy_library() -> None:
    program = (
        "import atexit, sys; "
        f"heavy = lambda: [name for name in {HEAVY} if name in sys.modules]; "
        "atexit.register(lambda: print(heavy(), file=sys.stderr)); "
        "from headstart.cli.main import main; "
        "sys.argv = ['headstart', '--help']; "
        "main()"
    )
    done = python("-c", program)
    assert done.returncode == 0, done.stderr
    assert "choose" in done.stdout
    assert done.stderr == "[]\n"


def test_no_module_is_too_long() -> None:
    lines = {dotted(path): len(read(path).splitlines()) for path in MODULES}
    assert not {name: length for name, length in lines.items() if length > MOST_LINES}


def test_modules_have_names_that_say_something() -> None:
    names = {path.parent.name if path.stem == "__init__" else path.stem for path in MODULES}
    assert not names & {"utils", "util", "common", "helpers", "misc"}
    assert not names & set(sys.stdlib_module_names)


def test_what_is_public_has_a_docstring() -> None:
    bare = [
        f"{dotted(path)}: {name}"
        for path in MODULES
        for name, node in public_nodes(ast.parse(read(path)))
        if not ast.get_docstring(node)
    ]
    assert not bare


def test_every_field_of_a_value_is_explained_under_it() -> None:
    bare = [
        f"{dotted(path)}: {node.name}.{ast.unparse(field.target)}"
        for path in MODULES
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        if "Value" in map(ast.unparse, node.bases)
        for field, after in pairwise([*node.body, None])
        if isinstance(field, ast.AnnAssign) and not is_text(after)
    ]
    assert not bare


def public_nodes(module: ast.Module) -> Iterator[tuple[str, ast.Module | Documented]]:
    """The module itself, its public classes and functions, and those classes' methods."""
    yield "the module", module
    classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
    for owner in [module, *(node for node in classes if not node.name.startswith("_"))]:
        for node in owner.body:
            if isinstance(node, Documented) and not node.name.startswith("_"):
                yield node.name, node


def is_text(node: ast.stmt | None) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
