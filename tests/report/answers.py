"""Answers built by hand, so that a report is tested apart from what decides the findings."""

from __future__ import annotations

from dataclasses import replace

from archdiff.model.cost import Cost
from archdiff.model.effects import Effect
from archdiff.model.errors import ReadError, UsageError
from archdiff.model.finding import Finding, Place
from archdiff.model.network import UNKNOWN, Layer, Recipe, Setting, Span
from archdiff.model.outcome import LayerInfo, NetworkInfo, Outcome, Suppressed
from archdiff.model.result import Result

SGD = Recipe(
    optimizers=(
        Layer(
            "",
            "SGD",
            children=(
                Layer(
                    "Parameter Group 0",
                    "",
                    settings=(Setting("lr", 0.01), Setting("momentum", 0.0), Setting("betas", (0.9, 0.999))),
                ),
            ),
            span=Span("note.md", 88),
        ),
    ),
    schedulers=(Layer("", "StepLR", (Setting("step_size", 1), Setting("gamma", 0.9)), span=Span("note.md", 97)),),
)


def conv(path: str, line: int, channels: int = 64) -> LayerInfo:
    return LayerInfo(
        path,
        line,
        "conv_2d",
        "Conv2d",
        {"in_channels": 1, "out_channels": channels, "kernel_size": (5, 5), "stride": (1, 1)},
        (1, 32, 32),
        (channels, 28, 28),
        has_weights=True,
        weight_density=1.0,
        cost=lambda: Cost(26 * channels, 26 * channels, 19600 * channels),
    )


def winners(path: str, line: int, side: int, percent_on: float) -> LayerInfo:
    n = 64 * side * side
    k = round(n * percent_on)
    return LayerInfo(
        path,
        line,
        "k_winners_2d",
        "KWinners2d",
        {"channels": 64, "percent_on": percent_on, "boost_strength": 1.5},
        (64, side, side),
        (64, side, side),
        picks_winners=True,
        n=n,
        k=k,
        k_inference=round(1.5 * k),
        density=k / n,
    )


def pool(path: str, line: int) -> LayerInfo:
    settings = {"kernel_size": (2, 2), "stride": (2, 2)}
    return LayerInfo(path, line, "max_pool_2d", "MaxPool2d", settings, (64, 28, 28), (64, 14, 14))


def linear(path: str, line: int, density: float | None) -> LayerInfo:
    nonzero = None if density is None else round(12_544_000 * density) + 1000
    return LayerInfo(
        path,
        line,
        "linear",
        "Linear" if density is not None else "DSLinear",
        {"in_features": 12544, "out_features": 1000, "weight_density": UNKNOWN if density is None else density},
        (12544,),
        (1000,),
        has_weights=True,
        weight_density=density,
        cost=lambda: Cost(12_545_000, nonzero, 12_544_000),
    )


def network(label: str, class_name: str, layers: tuple[LayerInfo, ...], recipe: Recipe | None) -> NetworkInfo:
    counted = [layer.nonzero_parameters for layer in layers]
    return NetworkInfo(
        source="note.md",
        label=label,
        class_name=class_name,
        children=len(layers),
        first_line=layers[0].line - 1,
        last_line=layers[-1].line + 1,
        complete=True,
        input_shape=(1, 32, 32),
        input_shape_from="solved",
        other_input_shapes=((1, 33, 33),),
        cost=lambda: Cost(
            sum(layer.parameters or 0 for layer in layers),
            None if None in counted else sum(count or 0 for count in counted),
            sum(layer.macs or 0 for layer in layers),
        ),
        recipe=recipe,
        layers=layers,
    )


MINE = network(
    "Mine",
    "Sequential",
    (
        conv("cnn1", 18),
        LayerInfo("cnn1_bn", 19, "batch_norm_2d", "BatchNorm2d", {}, (64, 28, 28), (64, 28, 28)),
        winners("cnn1_kwinner", 20, 28, 0.095),
        pool("cnn1_maxpool", 21),
        LayerInfo("flatten", 22, "flatten", "Flatten", {}, (64, 14, 14), (12544,)),
        linear("linear", 23, 1.0),
        LayerInfo("softmax", 24, "log_softmax", "LogSoftmax", {"dim": UNKNOWN}, (1000,), (1000,)),
    ),
    None,
)
ORIGINAL = network(
    "Sparse",
    "SparseNet",
    (
        conv("cnnSdr.cnnSdr1_cnn", 111),
        LayerInfo("cnnSdr.cnnSdr1_bn", 112, "batch_norm_2d", "BatchNorm2d", {}, (64, 28, 28), (64, 28, 28)),
        pool("cnnSdr.cnnSdr1_maxpool", 113),
        winners("cnnSdr.cnnSdr1_kwinner", 114, 14, 0.0956632653061),
        LayerInfo("flatten", 115, "flatten", "Flatten", {}, (64, 14, 14), (12544,)),
        linear("linearSdr.linearSdr1", 117, 0.4),
    ),
    SGD,
)


def at(facts: NetworkInfo, path: str, value: object = None) -> Place:
    layer = next(layer for layer in facts.layers if layer.path == path)
    return Place(path, layer.line, value, layer.class_name)  # type: ignore[arg-type]  # a layer of either side


SWAP = Finding(
    "AD101",
    Effect.FUNCTION,
    "KWinners2d before MaxPool2d, the reference has them the other way round",
    "order",
    at(MINE, "cnn1_kwinner"),
    at(ORIGINAL, "cnnSdr.cnnSdr1_kwinner"),
    consequences=(
        Finding(
            "AD601",
            Effect.FUNCTION,
            "n 50176, not 12544; k 4767/7150, not 1200/1800",
            "k-winners",
            at(MINE, "cnn1_kwinner", 50176),
            at(ORIGINAL, "cnnSdr.cnnSdr1_kwinner", 12544),
            "n",
        ),
        Finding(
            "AD201",
            Effect.FUNCTION,
            "input of linear 33 % non-zero, not 9.57 %, for winners spread evenly",
            "density",
            at(MINE, "linear"),
            at(ORIGINAL, "linearSdr.linearSdr1"),
        ),
    ),
)
DENSITY = Finding(
    "AD501",
    Effect.FUNCTION,
    "weights dense, not 40 % non-zero (5018 of 12544 a unit)",
    "weight-density",
    at(MINE, "linear", 1.0),
    at(ORIGINAL, "linearSdr.linearSdr1", 0.4),
    "weight_density",
    hint="the opposite convention? weight_sparsity=0.4 means 40 % non-zero, sparsity=0.4 means 40 % zero",
)
STATE = Finding(
    "AD601",
    Effect.STATE,
    "boost_strength 0.0635867, not 1.5: the candidate was printed 30 epochs later",
    "k-winners",
    at(MINE, "cnn1_kwinner", 0.0635867),
    at(ORIGINAL, "cnnSdr.cnnSdr1_kwinner", 1.5),
    "boost_strength",
)
RENAMED = Finding(
    "AD107",
    Effect.COSMETIC,
    "names or nesting differ, so checkpoint keys change: cnn1 is cnnSdr.cnnSdr1_cnn",
    "name",
    at(MINE, "cnn1"),
    at(ORIGINAL, "cnnSdr.cnnSdr1_cnn"),
)
NOT_PRINTED = Finding(
    "AD701",
    Effect.UNKNOWN,
    "the candidate's recipe is not printed; the other side has SGD(lr 0.01) + StepLR(step_size 1, gamma 0.9)",
    "recipe",
    Place("", 17, UNKNOWN),
    Place("SGD", 88, "SGD"),
    "recipe",
    hint="print(optimizer, scheduler.state_dict())",
)
HEADS = Finding("AD701", Effect.UNKNOWN, "neither print shows num_heads", setting="num_heads")
CLAIM = Finding("AD001", Effect.UNKNOWN, "the paper prints 64", "claim", setting="L1 F")
MEASURED = Finding("AD903", Effect.UNKNOWN, "relu is called twice", "order")
MOMENTUM = Finding(
    "AD401",
    Effect.TRAINING,
    "momentum 0.1, not 0.9",
    "setting",
    at(MINE, "cnn1_bn", 0.1),
    at(ORIGINAL, "cnnSdr.cnnSdr1_bn", 0.9),
    "momentum",
    hint="the other convention, m and 1 - m?",
)
STATISTICS = Finding(
    "AD301",
    Effect.INFERENCE,
    "track_running_stats False, not True",
    "setting",
    at(MINE, "cnn1_bn", False),
    at(ORIGINAL, "cnnSdr.cnnSdr1_bn", True),
    "track_running_stats",
)
MAY_BE_CALLED = Finding(
    "AD104",
    Effect.UNKNOWN,
    "the reference lacks LogSoftmax: the other forward may call it as a function, which no print shows",
    "structure",
    at(MINE, "softmax"),
    hint="inspect.getsource(type(model).forward)",
)

DIFFERENT = Outcome(
    MINE,
    ORIGINAL,
    (
        ("cnn1", "cnnSdr.cnnSdr1_cnn"),
        ("cnn1_bn", "cnnSdr.cnnSdr1_bn"),
        ("cnn1_maxpool", "cnnSdr.cnnSdr1_maxpool"),
        ("cnn1_kwinner", "cnnSdr.cnnSdr1_kwinner"),
        ("flatten", "flatten"),
        ("linear", "linearSdr.linearSdr1"),
        ("softmax", None),
    ),
    (
        SWAP,
        DENSITY,
        Finding("AD104", Effect.FUNCTION, "the reference lacks LogSoftmax", candidate=at(MINE, "softmax")),
        MOMENTUM,
        STATE,
        RENAMED,
        NOT_PRINTED,
    ),
    ("taken to run in printed order, since a print holds no forward: SparseNet",),
)

LONE_PAIR = (("cnn1", "cnn1"),)
COPY = replace(MINE, source="copy.txt", first_line=1, last_line=8)


def deep() -> Outcome:
    """Paths too long for 80 columns, one finding for 80 places, a print that is cut off."""
    path = "module.backbone.encoder.layers.{}.self_attention.output_projection.dense"
    sides = [
        tuple(
            LayerInfo(path.format(index), start + index, "", "VeryLongClassNameOfSomebody", {"p": 0.5 + shift})
            for index in range(80)
        )
        for start, shift in ((10, 0.0), (1000, 0.25))
    ]
    ours, theirs = (
        replace(
            network(name, "Transformer", layers, None),
            input_shape=None,
            other_input_shapes=(),
            cost=lambda: Cost(None, 0, 0),
        )
        for name, layers in zip(("A", "B"), sides, strict=True)
    )
    ours = replace(ours, source="some/very/deep/folder/of/experiments/2019-09-30-network-comparisons.md")
    theirs = replace(theirs, source="other.txt", complete=False)
    paths = [layer.path for layer in sides[0]]
    places = tuple((at(ours, path), at(theirs, path)) for path in paths)
    told = "a message that is much longer than the width of a terminal, so that it has to go on in the next line or two"
    finding = Finding("AD301", Effect.FUNCTION, told, "", *places[0], "p", count=len(places), places=places)
    return Outcome(ours, theirs, tuple(zip(paths, paths, strict=True)), (finding,))


COMPARED = {
    "different": DIFFERENT,
    "identical": Outcome(MINE, COPY, LONE_PAIR),
    "cosmetic": Outcome(MINE, ORIGINAL, LONE_PAIR, (RENAMED,)),
    "not_printed": Outcome(MINE, COPY, LONE_PAIR, (NOT_PRINTED,), ("recipes are equal",)),
    "unknown": replace(DIFFERENT, findings=(MAY_BE_CALLED, MOMENTUM, STATE, RENAMED, NOT_PRINTED)),
    "training_inference": replace(DIFFERENT, pairs=DIFFERENT.pairs[:-1], findings=(STATISTICS, MOMENTUM)),
    "deep": deep(),
}
HOSTILE = (
    "]]>",
    "%0A::error::x",
    "\n::error::x",
    "\r\n::set-output name=a::b",
    "a|b",
    "`a` ``b``",
    "a\\|b\\",
    "*a* _b_ __c__ ~~d~~ $e$ x_y_z",
    "<script>alert(1)</script> &lt; &#124;",
    "[a](b) ![c](d) <!-- -->",
    "@somebody #12 a@b",
    "a, b: c; file=x,line=1",
    "\x00\x07\x0b\x1b[31m\x7f\x85\u2028\u202e\ufffe\uffff",
    "half a character \udc80 \ud800",
    "\U0001f9e0 \u540d",
    "- a",
    "# a",
    "    a",
    "",
)


def hostile(text: str) -> Outcome:
    """The text everywhere that somebody's file, or its name, may bring it in."""
    layer = LayerInfo(text, 2, "", text, {"p": text, text: (text,)})
    ours = replace(network(text, text, (layer,), None), source=f"a{text}.txt")
    theirs = replace(ours, source=f"b{text}.txt", complete=False)
    place = Place(text, 2, text, text)
    told = Finding("AD301", Effect.FUNCTION, text, text, place, place, text, hint=text)
    unknown = replace(told, rule="AD701", effect=Effect.UNKNOWN)
    missing = replace(told, rule="AD103", candidate=None)
    grouped = replace(told, count=3, places=((place, place), (place, None), (None, place)), consequences=(told,))
    return Outcome(ours, theirs, ((text, text), (None, text)), (grouped, missing, unknown), (text,))


DS = network("Lucas's", "GSCHeb", (conv("features.0", 41), linear("classifier.0.0", 54, None)), SGD)
MANY = (
    Result("sparse", DIFFERENT),
    Result("copy", COMPARED["identical"]),
    Result("gone", error=UsageError("no such file", source="gone.txt", way_out="did you mean gene.txt?")),
    Result(
        "cut", error=ReadError("the print is cut off", source="cut.txt", line=7, column=3, line_text="  (a): Linear(in")
    ),
    Result("renamed", COMPARED["cosmetic"], fail_on=Effect.COSMETIC),
    Result(
        "accepted",
        replace(
            COMPARED["not_printed"],
            suppressed=(Suppressed(DENSITY, "baseline", "dense on purpose"), Suppressed(STATE, "ignore")),
        ),
    ),
    Result("all", COMPARED["deep"], fail_on=Effect.FUNCTION),
)
ERROR = (Result(error=MANY[3].error),)
RESULTS = {**{name: (Result(outcome=outcome),) for name, outcome in COMPARED.items()}, "many": MANY, "error": ERROR}
SHOWN = {
    "one": (ORIGINAL,),
    "unknown": (replace(DS, notes=("taken to run in printed order: GSCHeb",)),),
    "several": (MINE, DS, ORIGINAL),
}


def result(*findings: Finding, **terms: object) -> Result:
    """Of a comparison that found these."""
    return Result(outcome=replace(COMPARED["identical"], findings=findings), **terms)  # type: ignore[arg-type]  # the fields named
