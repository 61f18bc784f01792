"""Small OpenAI-compatible servers on loopback: scripted ones, and one with a checkpoint behind it.

The checkpoint is loaded and asked by transformers alone, one request after the other.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

Answer = tuple[int, dict[str, str], Any]
"""(status, headers, body that goes out as JSON; bytes go as they are)."""
Respond = Callable[[str, dict[str, Any] | None, dict[str, str]], Answer]
"""From path, body and headers of a request."""


@contextlib.contextmanager
def serve(respond: Respond) -> Iterator[str]:
    """Serve until the block ends; gives the address up to and with `/v1`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self._answer(json.loads(self.rfile.read(length)))

        def _answer(self, body: dict[str, Any] | None) -> None:
            status, headers, told = respond(self.path, body, dict(self.headers))
            data = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Behind:
    """A checkpoint behind a server."""

    model: PreTrainedModel
    tokenizer: Any
    name: str = "toy"
    echoes: bool = True
    """Whether it repeats prompts with their log-probabilities."""
    paths: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, folder: Path, **more: Any) -> "Behind":
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        return cls(model.eval(), AutoTokenizer.from_pretrained(folder), **more)

    def __call__(self, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> Answer:
        with self.lock:
            self.paths.append(path)
            if path == "/v1/models":
                return 200, {}, {"data": [{"id": self.name}]}
            assert body is not None
            assert body["model"] == self.name
            if path == "/v1/chat/completions":
                text = self.tokenizer.apply_chat_template(
                    body["messages"], tokenize=False, add_generation_prompt=True
                )
                choice = self._written(text, body)
                message = {"role": "assistant", "content": choice["text"]}
                shown = {"message": message, "finish_reason": choice["finish_reason"]}
                return 200, {}, {"choices": [shown]}
            if body.get("echo"):
                told = self._echoed(body["prompt"]) if self.echoes else {"text": "?"}
                return 200, {}, {"choices": [told]}
            return 200, {}, {"choices": [self._written(body["prompt"], body)]}

    @torch.inference_mode()
    def _written(self, text: str, body: dict[str, Any]) -> dict[str, Any]:
        rows = self.tokenizer(text, return_tensors="pt", return_token_type_ids=False)
        warm = float(body.get("temperature", 0)) > 0
        torch.manual_seed(int(body.get("seed") or 0))
        drawn = (
            {"do_sample": True, "temperature": 1.0, "top_k": 0} if warm else {"do_sample": False}
        )
        found = self.model.generate(
            **rows,
            **drawn,
            top_k=0 if warm else None,
            max_new_tokens=body["max_tokens"],
            pad_token_id=self.tokenizer.eos_token_id,
        )[0, rows["input_ids"].shape[1] :]
        ends = self.model.generation_config.eos_token_id
        stops = {*(ends if isinstance(ends, list) else [ends]), self.tokenizer.eos_token_id}
        ended = int(found[-1]) in stops
        said = self.tokenizer.decode(found[:-1] if ended else found, skip_special_tokens=True)
        return {"text": said, "finish_reason": "stop" if ended else "length"}

    @torch.inference_mode()
    def _echoed(self, text: str) -> dict[str, Any]:
        """Log-probability of each token of a text given the ones before, and where it begins."""
        told = self.tokenizer(text, return_offsets_mapping=True)
        ids = torch.tensor([told["input_ids"]])
        logs = self.model(ids).logits[0].log_softmax(-1)
        values = [float(logs[i, token]) for i, token in enumerate(told["input_ids"][1:])]
        starts = [start for start, _ in told["offset_mapping"]]
        logprobs = {"token_logprobs": [None, *values, -1.0], "text_offset": [*starts, len(text)]}
        return {"text": text, "finish_reason": "length", "logprobs": logprobs}
