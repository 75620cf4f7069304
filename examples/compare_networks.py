"""archdiff from Python: two prints to a verdict, a live module against a print, a finding's places, plain values.

Run it as it is:

    python examples/compare_networks.py
"""

from __future__ import annotations

import json

from torch import nn

import archdiff

ORIGINAL = """
Sequential(
  (conv): Conv2d(1, 64, kernel_size=(5, 5), stride=(1, 1))
  (pool): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (relu): ReLU()
  (flatten): Flatten(start_dim=1, end_dim=-1)
  (dropout): Dropout(p=0.5, inplace=False)
  (fc1): Linear(in_features=9216, out_features=1000, bias=True)
  (fc2): Linear(in_features=1000, out_features=10, bias=True)
)
"""
MINE = ORIGINAL.replace("out_features=1000", "out_features=1500").replace("in_features=1000", "in_features=1500")


def two_prints() -> None:
    """Two prints to a verdict, and where each finding stands."""
    outcome = archdiff.compare(MINE, ORIGINAL)
    print(f"mine against the original: {outcome.verdict}")
    for finding in outcome.findings:
        print(f"  {finding.rule} {finding.effect.word}: {finding.message}")
        for candidate, reference in finding.places or [(finding.candidate, finding.reference)]:
            if candidate and reference:
                print(f"    {candidate.path} (line {candidate.line}): {candidate.value}, not {reference.value}")


def live_module() -> None:
    """A live module against a print: what the module holds and does not print is known, too."""
    model = nn.Sequential(
        nn.Conv2d(1, 64, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(9216, 1000),
        nn.Linear(1000, 10),
    )
    outcome = archdiff.compare(model, ORIGINAL, input_shape=(1, 28, 28))
    print(f"a live module against the original: {' and '.join(outcome.verdicts)}")
    for effect, count in outcome.counts.items():
        if count:
            print(f"  {effect}: {count}")


def plain_values() -> None:
    """Everything that is known, for another program: what `archdiff compare --format json` prints."""
    report = archdiff.compare(MINE, ORIGINAL).to_dict()
    print(json.dumps({key: report[key] for key in ("schema", "verdict", "counts")}))


def an_error() -> None:
    """A question that cannot be answered is an error with its place and the way out."""
    cut_off = ORIGINAL.rstrip().removesuffix(")")
    try:
        archdiff.compare(cut_off, ORIGINAL)
    except archdiff.errors.ArchdiffError as error:
        print(f"no answer: line {error.line}, column {error.column}: {error.message}\n  {error.way_out}")


if __name__ == "__main__":
    two_prints()
    live_module()
    plain_values()
    an_error()
