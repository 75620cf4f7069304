"""What names of layers say beside their class."""

from __future__ import annotations

import pytest

from archdiff import api, parse
from archdiff.semantics.names import essence, words

ONE_NAME = [
    ("q_proj", "query"),
    ("values", "v_proj"),
    ("fc_mu", "mu"),
    ("fc_logvar", "log_var"),
    ("fc1", "linear1"),
    ("left", "left_branch"),
    ("tok_emb", "tok"),
]
OTHER_NAMES = [("fc1", "fc2"), ("fc", "linear"), ("conv", "bn"), ("mu", "log_var"), ("up", "down"), ("", "0")]


@pytest.mark.parametrize(("first", "second"), [*ONE_NAME, *OTHER_NAMES])
def test_what_a_name_says(first: str, second: str) -> None:
    assert (essence(first) == essence(second)) is ((first, second) in ONE_NAME)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (("q_proj", "k_proj", "v_proj", "o_proj"), ("keys", "values", "queries", "o_proj")),
        (("enc", "fc_mu", "fc_logvar", "dec"), ("enc", "log_var", "mu", "dec")),
        (("fc1", "fc2"), ("linear2", "linear1")),
    ],
    ids=["attention", "vae", "numbers"],
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_equal_layers_pair_by_what_their_names_say(
    ours: tuple[str, ...], theirs: tuple[str, ...], mirrored: bool
) -> None:
    both = (theirs, ours) if mirrored else (ours, theirs)
    texts = ("Net(\n" + "".join(f"  ({name}): Linear(8, 8)\n" for name in names) + ")\n" for names in both)
    one, other = (parse.parse(text)[0] for text in texts)
    outcome = api.compare_networks(one, other)
    assert outcome.verdict == "unknown"
    assert all(essence(a) == essence(b) for a, b in outcome.pairs if a and b)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("CrossAttention", {"cross", "attention"}),
        ("q_proj", {"q", "proj"}),
        ("qProj", {"q", "proj"}),
        ("GPT2Attention", {"gpt", "2", "attention"}),
        ("", set()),
    ],
)
def test_words_of_a_name(name: str, parts: set[str]) -> None:
    assert words(name) == parts
