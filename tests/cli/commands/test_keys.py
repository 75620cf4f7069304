"""`archdiff keys`: exit codes, formats, files, and errors that name the way out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from cli.command import run

MINE = """Net(
  (stem): Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1), bias=False)
  (bn): BatchNorm2d(4, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
  (q_proj): Linear(in_features=4, out_features=4, bias=True)
  (k_proj): Linear(in_features=4, out_features=4, bias=True)
  (v_proj): Linear(in_features=4, out_features=4, bias=True)
  (head): Linear(in_features=4, out_features=2, bias=True)
)
"""
ORIGINAL = """Model(
  (conv): Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1), bias=False)
  (norm): BatchNorm2d(4, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
  (qkv): Linear(in_features=4, out_features=12, bias=True)
  (fc): Linear(in_features=4, out_features=2, bias=True)
)
"""
LORA = """Net(
  (head): lora.Linear(
    (base_layer): Linear(in_features=4, out_features=2, bias=True)
    (lora_A): ModuleDict(
      (default): Linear(in_features=4, out_features=1, bias=False)
    )
    (lora_B): ModuleDict(
      (default): Linear(in_features=1, out_features=2, bias=False)
    )
  )
)
"""
HEAD = "Net(\n  (head): Linear(in_features=4, out_features=2, bias=True)\n)\n"
MYSTERY = "Net(\n  (head): Mystery()\n)\n"

TABLE = """\
checkpoint of the candidate mine.txt -> reference original.txt: 10 of 10 keys that the prints hold \
(swap the two networks for the way back)
bare parameters and buffers of a class, and which layers share a tensor, are in no print: \
package.module:factory gives every key
taken for granted: qkv of the reference holds query, key and value one below the other, in this order (else --packed)

reference                 candidate                                     what to do
conv.weight               stem.weight                                   rename
norm.weight               bn.weight                                     rename
norm.bias                 bn.bias                                       rename
norm.running_mean         bn.running_mean                               rename
norm.running_var          bn.running_var                                rename
norm.num_batches_tracked  bn.num_batches_tracked                        rename
qkv.weight                q_proj.weight + k_proj.weight + v_proj.weight concatenate
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    wide = MINE.replace("out_features=2", "out_features=5")
    for name, text in {
        "mine": MINE,
        "original": ORIGINAL,
        "wide": wide,
        "lora": LORA,
        "head": HEAD,
        "mystery": MYSTERY,
    }.items():
        (tmp_path / f"{name}.txt").write_text(text)
    return tmp_path


def state(*, features: int = 2) -> dict[str, torch.Tensor]:
    shapes = {"stem.weight": (4, 3, 3, 3), "head.weight": (features, 4), "head.bias": (features,)}
    shapes |= {f"bn.{name}": (4,) for name in ("weight", "bias", "running_mean", "running_var")}
    for name in "qkv":
        shapes |= {f"{name}_proj.weight": (4, 4), f"{name}_proj.bias": (4,)}
    return {"bn.num_batches_tracked": torch.tensor(3)} | {key: torch.randn(shape) for key, shape in shapes.items()}


def test_the_table(folder: Path) -> None:
    done = run("keys", "mine.txt", "original.txt", cwd=folder)
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    expected = [" ".join(line.split()) for line in TABLE.splitlines()]
    assert [line for line in expected if line not in lines] == []
    assert (done.returncode, done.stderr) == (0, "")


def test_json(folder: Path) -> None:
    done = run("keys", "original.txt", "mine.txt", "--format", "json", cwd=folder)
    answer = json.loads(done.stdout)
    found = {each["reference"]: each for each in answer["keys"]}
    assert (answer["schema"], answer["complete"], done.returncode) == ("archdiff/keys/1", True, 0)
    assert found["k_proj.weight"] == {
        "reference": "k_proj.weight",
        "candidate": [{"key": "qkv.weight", "transposed": False, "rows": [4, 8], "added": []}],
        "transposed": False,
        "shape": None,
        "steps": ["rows 4 to 8"],
        "found_by": "name",
    }


def test_a_packing_is_given(folder: Path) -> None:
    done = run("keys", "mine.txt", "original.txt", "--packed", "qkv=v,k,q", cwd=folder)
    assert "qkv.weight" in done.stdout
    assert "v_proj.weight + k_proj.weight + q_proj.weight" in done.stdout
    assert ("taken for granted" in done.stdout, done.returncode) == (False, 0)


def test_what_was_run_is_in_the_json(folder: Path) -> None:
    (folder / "nets.py").write_text(
        "from torch import nn\n\n\n"
        "def shared():\n    layer = nn.Linear(4, 4)\n    return nn.Sequential(layer, nn.ReLU(), layer)\n\n\n"
        "def apart():\n    return nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))\n"
    )
    done = run("keys", "nets:apart", "nets:shared", "--verify", "--format", "json", cwd=folder)
    answer = json.loads(done.stdout)
    assert [each["key"] for each in answer["clashes"]] == ["2.weight", "2.bias"]
    assert (answer["complete"], answer["tested"]["equal"], done.returncode) == (False, True, 1)
    assert answer["difference"] == answer["tested"]["difference"]


def test_python_runs(folder: Path) -> None:
    done = run("keys", "mine.txt", "original.txt", "--format", "python", cwd=folder)
    space: dict[str, object] = {}
    exec(done.stdout, space)
    held = state()
    made = space["convert"](held)  # type: ignore[operator]  # a function that the code defines
    assert made["fc.weight"] is held["head.weight"]
    assert torch.equal(made["qkv.bias"], torch.cat([held[f"{name}_proj.bias"] for name in "qkv"]))


@pytest.mark.parametrize(
    ("candidate", "reference", "code", "shown"),
    [
        ("mine.txt", "original.txt", 0, "10 of 10 keys"),
        ("wide.txt", "original.txt", 1, "2 keys of the reference without a counterpart:\n  fc.weight"),
        ("wide.txt", "original.txt", 1, "2 keys of the candidate without a counterpart:\n  head.weight"),
        ("lora.txt", "lora.txt", 0, "4 of 4 keys"),
    ],
)
def test_exit_codes(folder: Path, candidate: str, reference: str, code: int, shown: str) -> None:
    done = run("keys", candidate, reference, cwd=folder)
    assert shown in done.stdout
    assert (done.returncode, done.stderr) == (code, "")


def test_a_checkpoint_is_written(folder: Path) -> None:
    torch.save(state(), folder / "in.pt")
    done = run("keys", "mine.txt", "original.txt", "--apply", "in.pt", "out.pt", cwd=folder)
    assert done.stdout.splitlines()[-1] == "out.pt: 10 tensors for the reference, from in.pt"
    written = torch.load(folder / "out.pt", weights_only=True)
    assert next(iter(written)) == "conv.weight"
    assert (written["qkv.weight"].shape, written["norm.num_batches_tracked"]) == ((12, 4), 3)


def test_nothing_is_written_where_keys_are_left_over(folder: Path) -> None:
    torch.save(state(features=5), folder / "in.pt")
    done = run("keys", "wide.txt", "original.txt", "--apply", "in.pt", "out.pt", cwd=folder)
    assert done.stdout.splitlines()[-1] == (
        "out.pt: not written, since keys are left over; --partial writes what there is"
    )
    assert (done.returncode, (folder / "out.pt").exists()) == (1, False)
    done = run("keys", "wide.txt", "original.txt", "--apply", "in.pt", "out.pt", "--partial", cwd=folder)
    assert done.stdout.splitlines()[-1] == "out.pt: 8 tensors for the reference, from in.pt"
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["lora.txt", "head.txt"],
            "the candidate holds a LoRA adapter (head.lora_A.default.weight), and its lora_alpha is in no print",
        ),
        (
            ["head.txt", "lora.txt"],
            "the reference holds a LoRA adapter (head.lora_A.default.weight), and the candidate",
        ),
        (["mine.txt", "original.txt", "--format", "xml"], "--format xml: no such value"),
        (["mine.txt", "original.txt", "--packed", "qkv=q,k"], "--packed qkv=q,k: is not of the form NAME=ORDER"),
        (["mine.txt", "original.txt", "--packed", "to_qkv=q,k,v"], "--packed to_qkv: no layer packs projections under"),
        (["mine.txt", "original.txt", "--partial"], "--partial: nothing is written"),
        (["mine.txt", "original.txt", "--verify"], "--verify: runs both networks, and a print holds no forward"),
        (["mine.txt", "no.txt"], "no.txt: no such file"),
        (["head.txt", "mystery.txt"], "mystery.txt: the print of the reference holds no keys: Mystery (1)"),
        (["mine.txt", "original.txt", "--apply", "no.pt", "out.pt"], "no.pt: no such file"),
        (["mine.txt", "original.txt", "--apply", "mine.txt", "out.pt"], "mine.txt: is not a checkpoint of torch"),
        (
            ["mine.txt", "original.txt", "--apply", "head.pt", "out.pt"],
            "head.pt: lacks stem.weight, bn.weight, bn.bias",
        ),
        (["head.txt", "head.txt", "--apply", "head.pt", "head.pt"], "--apply head.pt head.pt: one file"),
        (["head.txt", "head.txt", "--apply", "head.pt", "none/out.pt"], "none/out.pt: cannot be written"),
    ],
)
def test_what_cannot_be_answered(folder: Path, arguments: list[str], error: str) -> None:
    torch.save({"head.weight": torch.zeros(2, 4), "head.bias": torch.zeros(2)}, folder / "head.pt")
    done = run("keys", *arguments, cwd=folder)
    assert done.stderr.startswith(f"error: {error}")
    assert (done.returncode, done.stdout) == (2, "")


def test_safetensors_that_are_not_installed(folder: Path) -> None:
    """A package of that name that cannot be imported stands for one that is not there."""
    (folder / "safetensors.py").write_text("raise ImportError\n")
    torch.save({"head.weight": torch.zeros(2, 4), "head.bias": torch.zeros(2)}, folder / "head.pt")
    done = run("keys", "head.txt", "head.txt", "--apply", "head.pt", "out.safetensors", cwd=folder)
    assert done.stderr == (
        "error: out.safetensors: safetensors is not installed\n"
        "  help: pip install safetensors; or a name that does not end in .safetensors, for a file of torch\n"
    )
    assert (done.returncode, (folder / "out.safetensors").exists()) == (2, False)


def test_a_layer_by_another_name_is_taken_for_granted(folder: Path) -> None:
    """Of two equal matrices no size shows which is which, so the map says by what it goes."""
    linear = "Linear(in_features=4, out_features=4, bias=True)"
    for name, class_name, names in (("two", "Two", "ab"), ("owt", "Owt", "yx")):
        layers = "".join(f"  ({each}): {linear}\n" for each in names)
        (folder / f"{name}.txt").write_text(f"{class_name}(\n{layers})\n")
    taken = "taken for granted: Owt calls a where the reference calls y"
    assert taken in run("keys", "two.txt", "owt.txt", cwd=folder).stdout
    assert "taken for granted" not in run("keys", "two.txt", "two.txt", cwd=folder).stdout
