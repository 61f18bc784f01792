"""What runs in processes of its own: models that answer, masks to preview, trials.

`python -m headstart.studio.worker` takes lines of JSON on stdin, `{"op", "id", "body"}`, and
writes `{"id", "line"}` on stdout; a `null` line ends an answer. `{"op": "stop", "id"}` ends the
answer of that id before its next token. `python -m headstart.studio.worker.heavy` runs one set
of trials and writes its events.
"""
