"""config.json on the command line, alone and beside prints: exit codes, and one clear line for what is none."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cli.command import SMALL, SRC, run

LLAMA = {"model_type": "llama", "hidden_size": 64, "num_attention_heads": 8, "num_hidden_layers": 2}
FILES = {
    "a.json": json.dumps(LLAMA, indent=1),
    "same.json": json.dumps({**LLAMA, "attention_bias": False}),
    "heads.json": json.dumps({**LLAMA, "num_attention_heads": 4}, indent=1),
    "dropout.json": json.dumps({**LLAMA, "attention_dropout": 0.1}),
    "cache.json": json.dumps({**LLAMA, "use_cache": False}),
    "unknown.json": json.dumps({**LLAMA, "n_sparks": 1}),
    "nobody.json": json.dumps({"model_type": "nobody", "n_layer": 2}),
    "cut.json": '{\n  "model_type": "llama",\n  "a": ',
    "twice.json": '{"model_type": "llama",\n"hidden_size": 1,\n"hidden_size": 2}',
    "text.json": '{"model_type": "llama",\n"hidden_size": "64"}',
    "npm.json": '{"name": "x"}',
    "list.json": '["model_type"]',
    "print.txt": SMALL,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["a.json", "a.json"], 0),
        (["a.json", "same.json"], 0),
        (["a.json", "cache.json"], 0),
        (["a.json", "heads.json"], 1),
        (["a.json", "dropout.json"], 1),
        (["a.json", "dropout.json", "--fail-on", "function"], 0),
        (["a.json", "unknown.json"], 1),
        (["a.json", "unknown.json", "--unknown", "pass"], 0),
        (["nobody.json", "nobody.json"], 0),
        (["print.txt", "print.txt", "--candidate-config", "a.json"], 1),  # of another network
        (["a.json", "heads.json", "--format", "json"], 1),
        (["a.json", "heads.json", "--format", "sarif"], 1),
    ],
)
def test_exit_code(folder: Path, arguments: list[str], code: int) -> None:
    done = run("compare", *arguments, cwd=folder)
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["a.json", "heads.json", "--build"],
            "error: a.json: --build needs transformers, which is not installed\n"
            "  help: pip install transformers; without it configurations are compared field by field, "
            "without --build\n",
        ),
        (["print.txt", "print.txt", "--build"], ""),
    ],
)
def test_build_without_transformers(folder: Path, arguments: list[str], error: str) -> None:
    (folder / "transformers.py").write_text('raise ModuleNotFoundError("No module", name="transformers")\n')
    done = run("compare", *arguments, cwd=folder, PYTHONPATH=f"{folder}{os.pathsep}{SRC}")
    assert (done.returncode, done.stderr) == (2 if error else 0, error)


def test_findings_name_their_lines(folder: Path) -> None:
    done = run("compare", "a.json", "heads.json", "--format", "concise", cwd=folder)
    assert done.stdout == "a.json:4: AD301 function attention heads 8, not 4\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "cut.json", "a.json"], "cut.json:3:7: no valid JSON"),
        (["compare", "twice.json", "a.json"], 'twice.json:3: the key "hidden_size" stands twice, first on line 2'),
        (["compare", "text.json", "a.json"], 'text.json:2: hidden_size is the text "64"'),
        (["show", "text.json"], 'text.json:2: hidden_size is the text "64"'),
        (["compare", "npm.json", "a.json"], "npm.json:1: JSON, and no configuration of a model"),
        (["compare", "a.json", "print.txt"], "a.json: a configuration, and the other network is printed"),
        (["compare", "print.txt", "print.txt", "--candidate-config", "list.json"],
         "list.json:1: JSON, and no object of fields"),
        (["compare", "print.txt", "print.txt", "--reference-config", "print.txt"], "print.txt:1:1: no valid JSON"),
        (["compare", "print.txt", "print.txt", "--reference-config", "no.json"], "no.json: no such file"),
        (["compare", "a.json", "a.json", "--candidate-config", "a.json"], "a.json: a configuration itself"),
        (["compare", "a.json", "a.json", "--run"], "a.json: a configuration: it says how large layers are"),
        (["source", "a.json"], "a.json: a configuration: it says how large layers are"),
    ],
)  # fmt: skip
def test_one_clear_error(folder: Path, arguments: list[str], message: str) -> None:
    done = run(*arguments, cwd=folder)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {message}")
    assert "\n  help: " in done.stderr


def test_a_configuration_is_shown(folder: Path) -> None:
    done = run("show", "a.json", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "layers.1.attention" in done.stdout
    assert "num_attention_heads=8" in done.stdout


def test_standard_input(folder: Path) -> None:
    done = run("compare", "-", "heads.json", "--format", "concise", cwd=folder, stdin=FILES["a.json"])
    assert (done.returncode, done.stdout) == (1, "<stdin>:4: AD301 function attention heads 8, not 4\n")
