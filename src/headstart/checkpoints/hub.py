"""A hub id: taken from the local cache, else fetched, else given up within seconds."""

from collections.abc import Callable, Sequence
from multiprocessing import TimeoutError as NoAnswer
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from headstart.checkpoints.directory import PICKLE_SUFFIXES, TO_SAFETENSORS, weight_files
from headstart.errors import CheckpointError, CheckpointUnsafe, HubUnreachable, first_line

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo

Answer = TypeVar("Answer")

REQUEST_SECONDS = 5.0
"""Patience with each step of the first request (connect, read)."""
ANSWER_SECONDS = 8.0
"""Patience with that request as a whole: looking a host up obeys no timeout of its own."""
WANTED = ("*.safetensors", "*.json", "tokenizer*", "*.jinja", "*.model", "*.txt")
UNWANTED = ("*/*", "consolidated*")
SMALL = ("*.json", "tokenizer*", "*.jinja", "*.model", "*.txt", "README.md")
"""What is fetched to inspect a model: everything but its weights."""
_GIVE_A_FOLDER = "run `hf download {repo}` where there is a connection, or give a local folder"


def locate(repo: str, revision: str | None) -> tuple[Path, str]:
    """Find a hub model on disk, fetching it if need be; gives its folder and commit.

    The cache is asked first, and no request is made where it holds the model
    whole. Otherwise the hub has eight seconds in all to answer.

    Raises:
        HubUnreachable: not cached, and offline, unreachable, gated or absent.
        CheckpointUnsafe: the hub has the weights as pickle only.

    Limits: a connection that dies during the download itself is retried by
    huggingface_hub for up to about 25 seconds; `main` is taken from the cache as it was
    when it was fetched.
    """
    from huggingface_hub import constants

    source = f"{repo}@{revision}" if revision else repo
    folder, fault = _cached(repo, revision)
    if folder is not None and fault is None:
        return folder, folder.name
    state = f"cached in part only ({fault.fact})" if fault else "not in the local cache"
    if constants.HF_HUB_OFFLINE:
        raise HubUnreachable(
            f"{source} is {state}, and HF_HUB_OFFLINE forbids to fetch it",
            hint="unset HF_HUB_OFFLINE, or give the path of a local folder",
        )
    _refuse_unloadable(source, _ask(repo, revision, f"{source} is {state}"))
    folder = _download(repo, revision)
    return folder, folder.name


def locate_small(repo: str, revision: str | None) -> Path:
    """Find a hub model's small files on disk, fetching them, and no weights, if need be.

    A cached copy is taken as it is, whole or in part.

    Raises:
        HubUnreachable: not cached, and offline, unreachable, gated or absent.
    """
    from huggingface_hub import constants

    source = f"{repo}@{revision}" if revision else repo
    folder, _ = _cached(repo, revision)
    if folder is not None and (folder / "config.json").is_file():
        return folder
    if constants.HF_HUB_OFFLINE:
        raise HubUnreachable(
            f"{source} is not in the local cache, and HF_HUB_OFFLINE forbids to fetch it",
            hint="unset HF_HUB_OFFLINE, or give the path of a local folder",
        )
    _ask(repo, revision, f"{source} is not in the local cache")
    return _download(repo, revision, SMALL)


def _cached(repo: str, revision: str | None) -> tuple[Path | None, CheckpointError | None]:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = snapshot_download(
            repo,
            revision=revision,
            local_files_only=True,
            allow_patterns=list(WANTED),
            ignore_patterns=list(UNWANTED),
        )
    except LocalEntryNotFoundError:
        return None, None
    except ValueError as error:
        raise HubUnreachable(
            f"{repo} is no valid hub id ({first_line(error)})", hint="write it as org/name"
        ) from error
    return Path(folder), _missing_weights(Path(folder))


def _missing_weights(folder: Path) -> CheckpointError | None:
    if (folder / "adapter_model.safetensors").is_file():
        return None
    try:
        weight_files(folder)
    except CheckpointError as error:
        return error
    return None


def _ask(repo: str, revision: str | None, state: str) -> "ModelInfo":
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    hint = _GIVE_A_FOLDER.format(repo=repo)
    try:
        return _within(
            ANSWER_SECONDS,
            lambda: HfApi().model_info(repo, revision=revision, timeout=REQUEST_SECONDS),
        )
    except NoAnswer as error:
        why = f"the hub did not answer within {ANSWER_SECONDS:g} seconds"
        raise HubUnreachable(f"{state}; {why}", hint=hint) from error
    except GatedRepoError as error:
        raise HubUnreachable(
            f"{state}; its owner asks to accept terms first",
            hint=f"accept them at the model's page, then `hf auth login`; or {hint}",
        ) from error
    except RepositoryNotFoundError as error:
        raise HubUnreachable(
            f"{state}; the hub shows no such model",
            hint="check the spelling; for a private model run `hf auth login` first",
        ) from error
    except _failures() as error:
        raise HubUnreachable(f"{state}; the hub said: {first_line(error)}", hint=hint) from error


def _within(seconds: float, call: Callable[[], Answer]) -> Answer:
    # A daemon thread: a host look-up that hangs must not keep the process from ending.
    pool = ThreadPool(1)
    try:
        return pool.apply_async(call).get(seconds)
    finally:
        pool.close()


def _refuse_unloadable(source: str, info: "ModelInfo") -> None:
    names = [one.rfilename for one in info.siblings or ()]
    if any(name.endswith(".safetensors") for name in names):
        return
    pickles = [name for name in names if Path(name).suffix in PICKLE_SUFFIXES]
    if pickles:
        raise CheckpointUnsafe(
            f"{source}: weights only as pickle ({pickles[0]}), no safetensors", hint=TO_SAFETENSORS
        )
    ggufs = [name for name in names if name.endswith(".gguf")]
    raise HubUnreachable(
        f"{source}: no safetensors among its {len(names)} files",
        hint=f"download {ggufs[0]} and give its path" if ggufs else "choose another repository",
    )


def _download(repo: str, revision: str | None, wanted: Sequence[str] = WANTED) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(
                repo,
                revision=revision,
                etag_timeout=REQUEST_SECONDS,
                allow_patterns=list(wanted),
                ignore_patterns=list(UNWANTED),
            )
        )
    except _failures() as error:
        raise HubUnreachable(
            f"{repo} could not be downloaded: {first_line(error)}",
            hint="check connection and disk space and run again; what arrived is kept",
        ) from error


def _failures() -> tuple[type[Exception], ...]:
    from huggingface_hub.errors import HfHubHTTPError

    # The HTTP library behind the hub changes between versions (httpx, httpx2); its base
    # error is the first base of the hub's own. ValueError is an answer that is no JSON.
    return HfHubHTTPError.__bases__[0], OSError, ValueError
