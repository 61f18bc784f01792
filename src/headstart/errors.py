"""What can go wrong that the user can put right.

    HeadstartError            fact, value and a hint; exit code 2
      RequestError            the options contradict one another or are out of range
      CheckpointError         a checkpoint cannot be found, read or trusted
        CheckpointMissing     nothing at that place
        CheckpointUnsafe      reading it would execute code (pickle)
        CheckpointBroken      truncated, inconsistent or not a model
        HubUnreachable        a hub id that is neither cached nor reachable
        TemplateMissing       chat format asked of a checkpoint without a template
      ServerError             a served model cannot be reached, or answers amiss
      TemplateError           a chat template cannot be rendered: broken, refused, unsafe, overrun
      AuditFailed             training would waste its run: stops, masks or begin tokens are wrong
      DataError               the data cannot be used; names file, row and column
      StoreError              a run folder cannot be written, read or resumed
      StageStopped            training diverged, or a gate of the forge holds its result back
    Interrupted               the user asked to stop; what was finished is stored; exit code 130

Everything else that escapes is a bug and keeps its traceback (exit code 1).
"""


class HeadstartError(Exception):
    """A fact with its value, and a hint that says what to do about it."""

    def __init__(self, fact: str, *, hint: str) -> None:
        super().__init__(fact)
        self.fact = fact
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.fact}\nhint: {self.hint}"


class RequestError(HeadstartError):
    """The options contradict one another or are out of range."""


class CheckpointError(HeadstartError):
    """A checkpoint cannot be found, read or trusted."""


class CheckpointMissing(CheckpointError):
    """Nothing was found at that place."""


class CheckpointUnsafe(CheckpointError):
    """Reading the checkpoint would execute code it brings."""


class CheckpointBroken(CheckpointError):
    """The files are truncated, inconsistent, or no model at all."""


class HubUnreachable(CheckpointError):
    """A hub id that is neither in the local cache nor reachable."""


class TemplateMissing(CheckpointError):
    """Chat format was asked of a checkpoint that ships no chat template."""


class AuditFailed(HeadstartError):
    """Training would waste its run: stops, masks or begin tokens are wrong."""


class DataError(HeadstartError):
    """The data cannot be used; the fact names file, row and column where it can."""


class ServerError(HeadstartError):
    """A served model cannot be reached, or answers with something else than it should."""


class StoreError(HeadstartError):
    """A run folder cannot be written, read or resumed."""


class StageStopped(HeadstartError):
    """A stage of the forge was stopped: by a loss that is no number, or by its own gate."""


class Interrupted(Exception):
    """The user asked to stop; every finished trial is stored."""


def first_line(error: BaseException, most: int = 200) -> str:
    """What another library's error says, in one line of at most `most` characters.

    An error without a message gives its type's name.
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:most]
