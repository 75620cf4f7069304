"""A forward that is printed behind the layers, as torch.fx does and people paste it."""

from __future__ import annotations

import pytest

from archdiff import api, parse

LAYERS = "Net(\n  (c): Conv2d(3, 3, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))\n  (r): ReLU()\n)\n"
SKIPS = """\
def forward(self, x):
    c = self.c(x)
    add = c + x;  c = x = None
    r = self.r(add);  add = None
    return r
"""
PLAIN = SKIPS.replace("    add = c + x;  c = x = None\n", "").replace("add", "c")
FREES_NOTHING = SKIPS.replace(";  c = x = None", "").replace(";  add = None", "")
END = "# To see more debug info, please use `graph_module.print_readable()`\n"
OTHER = "AD108 unknown the printed forward methods differ: "


@pytest.mark.parametrize(
    ("candidate", "reference", "told"),
    [
        (SKIPS, SKIPS, []),
        (SKIPS + END, SKIPS, []),
        (SKIPS, FREES_NOTHING, []),
        (SKIPS, "", []),
        (SKIPS, PLAIN, [OTHER + "`add = c + x`, not `r = self.r(c)`"]),
        (PLAIN + END, SKIPS + END, [OTHER + "`r = self.r(c)`, not `add = c + x`"]),
        (SKIPS.replace("    return r\n", ""), SKIPS, [OTHER + "`its end`, not `return r`"]),
    ],
    ids=["same", "with-the-end-of-fx", "without-what-frees", "one-side-alone", "a-skip", "mirrored", "a-line-less"],
)
@pytest.mark.parametrize("fenced", [False, True])
def test_a_printed_forward(candidate: str, reference: str, told: list[str], fenced: bool) -> None:
    around = "```\n{}\n```\n" if fenced else "{}\nSome words.\n"
    (ours,), (theirs,) = (parse.parse(around.format(f"{LAYERS}\n\n{code}")) for code in (candidate, reference))
    found = api.compare_networks(ours, theirs).findings
    assert [f"{each.rule} {each.effect.word} {each.message}" for each in found] == told


def test_the_line_of_a_printed_forward() -> None:
    (ours,), (theirs,) = (parse.parse(f"{LAYERS}\n\n\n{code}") for code in (SKIPS, PLAIN))
    (finding,) = api.compare_networks(ours, theirs).findings
    assert finding.candidate is not None
    assert finding.reference is not None
    assert (finding.candidate.line, finding.reference.line) == (10, 10)
