"""The user's data in: read the file, map its columns, split the rows, choose the metric.

`build_task(DataRequest(data="mine.csv"))` does all of it and gives a `Task`.
"""

from headstart.tasks.build import build_task
from headstart.tasks.request import DataRequest

__all__ = ["DataRequest", "build_task"]
