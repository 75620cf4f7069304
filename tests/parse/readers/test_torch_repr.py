"""A text that is one layer and nothing else; every other text is left to the other formats."""

from __future__ import annotations

import pytest

from archdiff.model.network import Setting
from archdiff.parse.blocks import Blocks
from archdiff.parse.readers.torch_repr import FORMAT

LINEAR = "Linear(in_features=8, out_features=4, bias=True)"
CLAIMED = [
    ("a leaf", LINEAR),
    ("blank lines round it", f"\n\n  {LINEAR}  \n"),
    ("as torch 0.4 printed it", "Linear (8 -> 4)"),
    ("settings on their own lines", "Linear(\n  in_features=8,\n  out_features=4\n)"),
    ("values on their own lines", "LayerNorm(\n  (8,), eps=1e-05\n)"),
    ("lines of Windows", "Linear(\r\n  in_features=8\r\n)"),
]
LEFT = [
    ("children", "Net(\n  (a): ReLU()\n)"),
    ("children on its line", "Net((0): ReLU()) and words"),
    ("words", f"{LINEAR} and words"),
    ("two", f"{LINEAR}\n{LINEAR}"),
    ("assigned", f"model = {LINEAR}"),
    ("assigned over lines", "model = Linear(\n  in_features=8\n)"),
    ("a call", "print(\n  model\n)"),
    ("a dict of Python", "OrderedDict()"),
    ("brackets that stay open", "Linear(in_features=8"),
    ("escaped line breaks", "Net(\\n  (a): ReLU()\\n)"),
    ("lines of an old Mac", "Linear(\r  in_features=8\r)"),
    ("longer than a layer is", f"Linear({'x' * 100_000})"),
    ("nothing", ""),
]


@pytest.mark.parametrize("text", [text for _, text in CLAIMED], ids=[name for name, _ in CLAIMED])
def test_one_layer(text: str) -> None:
    assert FORMAT.sniff(text)
    (network,) = FORMAT.read("net.txt", text, Blocks()).networks
    assert (network.root.children, network.source, network.complete) == ((), "net.txt", True)
    assert (network.label, network.names) == (network.root.class_name, (network.root.class_name,))


@pytest.mark.parametrize("text", [text for _, text in LEFT], ids=[name for name, _ in LEFT])
def test_left_to_other_formats(text: str) -> None:
    assert not FORMAT.sniff(text)


def test_where_it_stood() -> None:
    (network,) = FORMAT.read("net.txt", "\n\nLinear(\n  in_features=8\n)\n", Blocks()).networks
    assert network.root.settings == (Setting("in_features", 8),)
    assert (network.first_line, network.last_line, network.root.span.line) == (3, 5, 3)
