"""Where headstart keeps what it may rebuild at any time (dense copies, measured rates)."""

import os
from pathlib import Path

from platformdirs import user_cache_path


def home() -> Path:
    """The cache folder: `HEADSTART_HOME` if set, else the platform's (XDG respected).

    The folder is not created here; writers create what they need.
    """
    configured = os.environ.get("HEADSTART_HOME")
    return Path(configured).expanduser() if configured else user_cache_path("headstart")
