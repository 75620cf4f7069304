"""Laws of a comparison, over random networks and random edits that are known to be one thing or another."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from archdiff import diff, infer, parse
from archdiff.diff import Comparison
from archdiff.model.effects import Effect
from archdiff.model.network import Layer
from archdiff.semantics import rules

WIDTHS = st.integers(1, 4)
WINNERS = (
    "KWinners(n={}, percent_on=0.5, boost_strength=1.5, boost_strength_factor=0.9, k_inference_factor=1.5, "
    "duty_cycle_period=1000)"
)


def norm(width: int) -> str:
    return f"BatchNorm1d({width}, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"


@st.composite
def chains(draw: st.DrawFn) -> list[str]:
    """Layers that fit each other: linear maps with norms, activations, dropouts and k-winners between them."""
    width = draw(WIDTHS)
    layers: list[str] = []
    for _ in range(draw(st.integers(1, 5))):
        following = draw(WIDTHS)
        layers.append(f"Linear(in_features={width}, out_features={following}, bias={draw(st.booleans())})")
        width = following
        layers += draw(
            st.lists(
                st.sampled_from(
                    [
                        "ReLU()",
                        "Tanh()",
                        "Dropout(p=0.5, inplace=False)",
                        norm(width),
                        WINNERS.format(width),
                    ]
                ),
                max_size=3,
            )
        )
    return layers


def sequential(layers: list[str], name: str = "{}") -> str:
    return "Sequential(\n" + "".join(f"  ({name.format(i)}): {layer}\n" for i, layer in enumerate(layers)) + ")\n"


def nested(layers: list[str], at: int) -> str:
    """The same layers, the first `at` of them in a Sequential of their own."""
    inner = "".join(f"    ({i}): {layer}\n" for i, layer in enumerate(layers[:at]))
    outer = "".join(f"  ({i}): {layer}\n" for i, layer in enumerate(layers[at:], 1))
    return f"Sequential(\n  (0): Sequential(\n{inner}  )\n{outer})\n"


def compared(candidate: str, reference: str) -> Comparison:
    return diff.compare(*infer.infer([rules.normalize(parse.parse(text)[0]) for text in (candidate, reference)]))


def grave(comparison: Comparison) -> set[Effect]:
    return {finding.effect for finding in comparison.findings} - {Effect.UNKNOWN, Effect.COSMETIC}


@given(chains())
def test_a_network_is_identical_to_itself(layers: list[str]) -> None:
    text = sequential(layers)
    assert compared(text, text).findings == ()


@settings(max_examples=200)
@given(chains(), chains())
def test_the_other_way_round_is_the_mirror_image(ours: list[str], theirs: list[str]) -> None:
    there, back = compared(sequential(ours), sequential(theirs)), compared(sequential(theirs), sequential(ours))
    assert max((f.effect for f in there.findings), default=None) == max((f.effect for f in back.findings), default=None)


@given(chains())
def test_renaming_changes_no_verdict(layers: list[str]) -> None:
    assert grave(compared(sequential(layers, "layer_{}"), sequential(layers, "other{}"))) == set()


@given(chains(), st.data())
def test_nesting_changes_no_verdict(layers: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(layers)))
    assert grave(compared(nested(layers, at), sequential(layers))) == set()


@given(chains())
def test_normalising_twice_changes_nothing(layers: list[str]) -> None:
    network = parse.parse(nested(layers, len(layers) // 2))[0]
    once = rules.normalize(network).root
    again = rules.normalize(type(network)(root=once, label="again"))
    assert (again.root, again.rewrites) == (once, ())


@given(chains(), st.data())
def test_a_dropout_more_matters_only_in_training(layers: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(layers)))
    longer = [*layers[:at], "Dropout(p=0.3, inplace=False)", *layers[at:]]
    assert grave(compared(sequential(longer), sequential(layers))) == {Effect.TRAINING}


@given(chains(), st.data())
def test_a_linear_less_changes_the_function(layers: list[str], data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([i for i, layer in enumerate(layers) if layer.startswith("Linear")]))
    if len(layers) > 1:
        assert Effect.FUNCTION in grave(compared(sequential(layers[:at] + layers[at + 1 :]), sequential(layers)))


@given(chains())
def test_every_finding_names_a_line_of_its_text(layers: list[str]) -> None:
    candidate, reference = sequential([*layers[1:], "Sigmoid()"]), sequential(layers)
    lines = [text.splitlines() for text in (candidate, reference)]
    for finding in compared(candidate, reference).findings:
        for place, text in zip((finding.candidate, finding.reference), lines, strict=True):
            if place is not None and place.class_name:
                assert place.class_name in text[place.line - 1]


def test_equal_prints_are_equal_values() -> None:
    first, second = (parse.parse(text)[0].root for text in ("\n\n" + sequential(["ReLU()"]), sequential(["ReLU()"])))
    assert isinstance(first, Layer)
    assert (first, hash(first)) == (second, hash(second))
