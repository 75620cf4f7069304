"""What each rule id means: the one table behind `archdiff rule`, the names in reports and the pages of the rules.

Which findings there are is decided in `diff/`; an id never changes its meaning.
"""

from __future__ import annotations

from textwrap import fill
from typing import Final, NamedTuple

from archdiff.model.effects import Effect
from archdiff.model.wording import nearest

FUNCTION, UNKNOWN, INFERENCE, TRAINING = Effect.FUNCTION, Effect.UNKNOWN, Effect.INFERENCE, Effect.TRAINING
INIT, STATE, EQUIVALENT, COSMETIC = Effect.INIT, Effect.STATE, Effect.EQUIVALENT, Effect.COSMETIC


class RuleInfo(NamedTuple):
    """One rule id.

    Args:
        id: such as `AD101`.
        name: such as `layer-order`; it may stand wherever the id may.
        one_finding_for: completes "one finding for ...".
        effects: every effect that a finding of this rule may have, the gravest first.
        means: what such a finding says about the two networks.
        example: one, in the words of a report.
        to_do: what to do about it.
    """

    id: str
    name: str
    one_finding_for: str
    effects: tuple[Effect, ...]
    means: str
    example: str
    to_do: str


ENTRIES = (
    RuleInfo(
        id="AD001",
        name="claim",
        one_finding_for="a value that a paper prints and its own network does not have, or does not tell",
        effects=(UNKNOWN,),
        means="A spec beside the reference holds what the paper prints, and the reference does not agree with it to "
        "the printed precision, or does not hold it. This is about the paper: its table and its network disagree, "
        "whatever yours is. Where the spec says why, it is `explained`, and a note says whom a candidate follows.",
        example='k/n is 1200 of 12544, 9.566 %; the table prints "9.5 %"',
        to_do="Follow the network, not the table, and say so where you report results.",
    ),
    RuleInfo(
        id="AD101",
        name="layer-order",
        one_finding_for="two neighbours (layers or blocks) that changed places",
        effects=(FUNCTION, UNKNOWN, TRAINING, INIT, EQUIVALENT, COSMETIC),
        means="Both networks hold the two, in the other order. What the order changes downstream (n and k of a "
        "k-winner, shapes, densities) stands below it as a consequence. Orders that compute the same, "
        "such as ReLU before or after MaxPool, are `equivalent`.",
        example="KWinners2d, MaxPool2d against MaxPool2d, KWinners2d: n is 50176, not 12544",
        to_do="Swap the two lines in the constructor or in the forward method. A print shows the order of "
        "registration: where the forward method is written by hand, check the order there first.",
    ),
    RuleInfo(
        id="AD102",
        name="layer-moved",
        one_finding_for="a layer or block found elsewhere",
        effects=(FUNCTION, UNKNOWN, TRAINING, INIT, EQUIVALENT, COSMETIC),
        means="The same layer stands in both networks, with other layers in between.",
        example="Dropout after the first Linear, in the reference after the last",
        to_do="Move it to where the reference has it.",
    ),
    RuleInfo(
        id="AD103",
        name="layer-missing",
        one_finding_for="a layer or block of the reference that the candidate lacks",
        effects=(FUNCTION, UNKNOWN, TRAINING, EQUIVALENT, COSMETIC),
        means="It may be missing, or be called as a function (`F.relu`, `F.log_softmax`), which no print shows.",
        example="LogSoftmax is missing: the outputs are logits, argmax is unchanged",
        to_do="Add it, or make sure that the forward method calls it as a function or that the loss contains it "
        "(CrossEntropyLoss of logits is NLLLoss of log-probabilities).",
    ),
    RuleInfo(
        id="AD104",
        name="layer-extra",
        one_finding_for="a layer or block that the reference lacks",
        effects=(FUNCTION, UNKNOWN, TRAINING, EQUIVALENT, COSMETIC),
        means="It may be extra, or the reference calls it as a function, which no print shows.",
        example="Softmax before a cross-entropy loss that already contains one",
        to_do="Remove it, or find the functional call in the reference's forward method.",
    ),
    RuleInfo(
        id="AD105",
        name="layer-replaced",
        one_finding_for="another kind of layer in the same place",
        effects=(FUNCTION, UNKNOWN, INFERENCE, TRAINING, EQUIVALENT, COSMETIC),
        means="Both networks have a layer there, of different kinds.",
        example="AvgPool2d, not MaxPool2d",
        to_do="Use the reference's class. If the two compute the same, please report it: a rule is missing.",
    ),
    RuleInfo(
        id="AD106",
        name="block-copied",
        one_finding_for="a block that stands more often (or less) than in the reference",
        effects=(FUNCTION, UNKNOWN, TRAINING, EQUIVALENT, COSMETIC),
        means="The depth differs: a stage repeats its block another number of times.",
        example="a stage of 2 blocks, in the reference 4",
        to_do="Set the number of blocks of that stage.",
    ),
    RuleInfo(
        id="AD107",
        name="renamed",
        one_finding_for="all module names and nestings that differ",
        effects=(UNKNOWN, COSMETIC),
        means="The layers are the same under other names. The computation is unchanged, but the keys of a checkpoint "
        "are not: a state_dict of one does not load into the other.",
        example="cnn1 against cnnSdr.cnnSdr1_cnn",
        to_do="Nothing, unless checkpoints must load: archdiff keys then converts them.",
    ),
    RuleInfo(
        id="AD108",
        name="container-class",
        one_finding_for="another container class around equal children, whose forward method may differ",
        effects=(FUNCTION, UNKNOWN, COSMETIC),
        means="The children are the same, and the class that holds them is not. A print holds no forward method, so "
        "the two may combine their children in another way: add a skip connection, run a child twice, leave one out.",
        example="ResidualBlock around Conv2d, ReLU, Conv2d; in the reference Block around the same three",
        to_do="Compare the forward methods of both classes. Where they are one class under two names, ignore the "
        "finding with that as the reason.",
    ),
    RuleInfo(
        id="AD109",
        name="design",
        one_finding_for="one decision about a network, with every place that follows from it",
        effects=(FUNCTION, UNKNOWN, INFERENCE, TRAINING, INIT, STATE, EQUIVALENT, COSMETIC),
        means="Several findings are what one decision makes of the text: a width that returns in the layers that "
        "it runs through, all widths by one factor, the depth of the stages, a setting or a class that is another "
        "everywhere. They are its members, with their own rules: `--select`, ignores, baselines and `--undo` act on "
        "these, and what no decision explains stays a finding of its own.",
        example="hidden size 3072, not 4096 (251 places)",
        to_do="Change it where the network is configured, not place by place; then look at what is left.",
    ),
    RuleInfo(
        id="AD110",
        name="forward",
        one_finding_for="one forward method that does something else, as traced",
        effects=(FUNCTION, UNKNOWN, INFERENCE, TRAINING),
        means="Both networks are live modules, and what their forwards do was traced: every operation, with what it "
        "takes. Spellings of one computation are one (`x + y` and `torch.add`, `flatten` and `view`, `einsum` and "
        "`matmul`, a function and a module), and layers that correspond to each other are told by their own rules. "
        "What is left is in the forward: a shortcut that is missing, an activation that is another one, a norm in "
        "another place.",
        example="forward of BasicBlock: bn2 + what comes in is missing (8 places)",
        to_do="Read both forwards at the lines that the finding names.",
    ),
    RuleInfo(
        id="AD201",
        name="shape",
        one_finding_for="another output shape that no other finding explains",
        effects=(FUNCTION, UNKNOWN),
        means="A layer gives another shape although its printed settings and its input are the same.",
        example="64x13x13, not 64x14x14",
        to_do="Look for a functional operation in front of it; give --input-shape if the input size was not printed.",
    ),
    RuleInfo(
        id="AD202",
        name="misfit",
        one_finding_for="a layer that cannot take what the layer before gives",
        effects=(FUNCTION,),
        means="The printed order cannot be what runs, or the network itself cannot run.",
        example="Linear(in_features=1600) after a flatten that gives 1024",
        to_do="Correct the size, or look for what the forward method does in between: reshape, concatenation, skip "
        "connection.",
    ),
    RuleInfo(
        id="AD301",
        name="setting",
        one_finding_for="one setting of a matched pair that matters in inference and training",
        effects=(FUNCTION, UNKNOWN, INFERENCE, STATE, EQUIVALENT),
        means="The same layer with another setting, which changes the computed function.",
        example="out_features 1000, not 1500",
        to_do="Use the reference's value.",
    ),
    RuleInfo(
        id="AD302",
        name="spelling",
        one_finding_for="settings or modules that print differently and mean the same",
        effects=(UNKNOWN, STATE, EQUIVALENT, COSMETIC),
        means="A default printed or not, 2 or (2, 2), an Identity, blocks folded as `12 x Block` or spelled out.",
        example="kernel_size=2 against kernel_size=(2, 2)",
        to_do="Nothing.",
    ),
    RuleInfo(
        id="AD303",
        name="sources-disagree",
        one_finding_for="a number of a config.json that the print or the live module beside it lacks, or a config.json "
        "of another model",
        effects=(UNKNOWN,),
        means="A configuration was given beside a network (--candidate-config, --reference-config), and the two cannot "
        "be one: another depth, width or vocabulary in the print, other heads in a live module. Which of them is right "
        "is not known, so no verdict below `unknown` stands.",
        example="config.json:9 says layers 32, the print of the candidate has 24",
        to_do="Give the config.json that the network was built from, or print the network that it describes.",
    ),
    RuleInfo(
        id="AD401",
        name="training-setting",
        one_finding_for="one setting that matters only in training",
        effects=(UNKNOWN, TRAINING, INIT, EQUIVALENT),
        means="In eval mode the two compute the same; they train differently, or start from other weights.",
        example="Dropout p 0.5, not 0.2",
        to_do="Use the reference's value before comparing trained results.",
    ),
    RuleInfo(
        id="AD501",
        name="weight-density",
        one_finding_for="the share of non-zero weights",
        effects=(FUNCTION, UNKNOWN, EQUIVALENT),
        means="One side masks more weights than the other. `weight_sparsity=0.4` (old nupic.torch) means 40 % "
        "non-zero, `sparsity=0.4` means 40 % zero.",
        example="dense, not 40 % non-zero (640 of 1600 a unit)",
        to_do="Wrap the layer in SparseWeights with the reference's density, in the convention of your version.",
    ),
    RuleInfo(
        id="AD601",
        name="k-winners",
        one_finding_for="what decides the winners: n, percent_on, k, k_inference, locality, ties, boosting",
        effects=(FUNCTION, UNKNOWN, INFERENCE, STATE, EQUIVALENT, COSMETIC),
        means="Other units win. What counts is k of n, in training and in inference: percent_on .067 and "
        ".0666666666667 of 1500 are both k = 100, and `equivalent`.",
        example="k 1192/1788, not 1200/1800 of 12544",
        to_do="Set percent_on to k/n of the reference with all its digits.",
    ),
    RuleInfo(
        id="AD701",
        name="not-printed",
        one_finding_for="a fact that at least one text does not hold",
        effects=(UNKNOWN,),
        means="This kind of print never holds the fact, so it never decides the verdict; the headline counts it (as "
        "far as a print tells: 2 facts are not printed). A printed difference whose effect is unknown has the rule of "
        "what differs, and does decide the verdict.",
        example="the weight density of a DSLinear, the heads of a MultiheadAttention, how many experts a router picks; "
        "beside a traced forward, what the other one does beside its layers",
        to_do="Run the line of code that the finding gives, `model` being the network: on both sides where neither "
        "prints it, else on the side that does not. With --strict every such fact fails, with --strict=num_heads "
        "those of that setting.",
    ),
    RuleInfo(
        id="AD801",
        name="recipe",
        one_finding_for="one setting of the optimizer or the schedule",
        effects=(UNKNOWN, TRAINING, STATE, EQUIVALENT),
        means="The networks may be the same, but they are trained differently.",
        example="SGD momentum 0.9, not 0.0",
        to_do="Use the reference's value.",
    ),
    RuleInfo(
        id="AD901",
        name="measured-shape",
        one_finding_for="a layer that gave another shape than its text promises (--run)",
        effects=(UNKNOWN,),
        means="The network was run, and the output of this layer has another shape than follows from the print. "
        "Something that is not printed stands before it.",
        example="64x13x13 when it ran, 64x14x14 according to its text",
        to_do="Read the forward method: look for functional operations, slices and reshapes in front of this layer.",
    ),
    RuleInfo(
        id="AD902",
        name="measured-density",
        one_finding_for="a layer with another share of non-zero outputs or weights than its text promises (--run)",
        effects=(UNKNOWN,),
        means="A k-winner let another number of units through than its k, a mask keeps another share of weights than "
        "printed, or an estimate behind pooling is far off.",
        example="1200 of 12544 units non-zero when it ran, k is 1192",
        to_do="Look at what comes in: fewer than k non-zero inputs, ties, or a mask that was never applied.",
    ),
    RuleInfo(
        id="AD903",
        name="measured-order",
        one_finding_for="a layer that is never called, called more than once, or called in another order (--run)",
        effects=(UNKNOWN,),
        means="A print holds the order of registration. The network was run, and its forward method uses another "
        "order, so what follows from the text about the layers around this one may not hold.",
        example="dropout2 is never called",
        to_do="Trust the measured order, and read the findings about this layer with it in mind.",
    ),
    RuleInfo(
        id="AD904",
        name="checkpoint",
        one_finding_for="a key of a checkpoint that does not fit the network (--candidate-weights)",
        effects=(FUNCTION, STATE, COSMETIC),
        means="The file lacks a tensor that the network has, holds one that the network does not have, or holds one of "
        "another shape. Keys under other names are matched along the pairs of the comparison.",
        example="linear.weight is 1000x1600 in the file, 1500x1600 in the network",
        to_do="Load the checkpoint into the network that it was saved from, or correct the network.",
    ),
    RuleInfo(
        id="AD911",
        name="first-difference",
        one_finding_for="the first layer whose outputs or gradients differ though no other finding explains it (--run)",
        effects=(FUNCTION, UNKNOWN, INFERENCE, TRAINING),
        means="Both networks had the same weights and the same input, and the comparison of their texts says that they "
        "compute the same in this mode. They do not: something that is not printed differs.",
        example="outputs first differ at fc1: 12 % of its numbers",
        to_do="Read both forward methods around this layer. For two printed networks, please report it: the verdict "
        "was wrong.",
    ),
)

#: ids of the rules whose findings `--undo` takes
UNDOABLE: Final = frozenset(
    ("AD101", "AD102", "AD103", "AD104", "AD105", "AD106", "AD301", "AD401", "AD501", "AD601"),
)

BY_ID = {entry.id: entry for entry in ENTRIES}


def name(rule: str) -> str:
    """`AD101` -> `layer-order`; the id itself where the table does not have it."""
    return BY_ID[rule].name if rule in BY_ID else rule


def find(word: str) -> RuleInfo | None:
    """An entry by its id or its name, case ignored."""
    wanted = word.casefold()
    return next((entry for entry in ENTRIES if wanted in (entry.id.casefold(), entry.name)), None)


def words() -> tuple[str, ...]:
    """The ids and the names of all rules."""
    return tuple(word for entry in ENTRIES for word in (entry.id, entry.name))


def way_out(word: str) -> str:
    """What to do about a word that is no rule: the id or the name that it may have meant."""
    near = nearest(word, words())
    return f"did you mean {near}?" if near else "archdiff rule lists them all"


def overview(width: int) -> str:
    """A line a rule."""
    longest = max(len(entry.name) for entry in ENTRIES)
    rows = ((f"{entry.id}  {entry.name:<{longest}}  ", entry.one_finding_for) for entry in ENTRIES)
    return "".join(f"{fill(head + text, width, subsequent_indent=' ' * len(head))}\n" for head, text in rows)


def explained(entry: RuleInfo, width: int) -> str:
    """All that is known of one rule as text.

    Args:
        entry: the rule.
        width: of a line, in characters.

    Returns:
        Paragraphs with an empty line between them, and a line feed at the end.
    """
    parts = (f"{entry.id} {entry.name}: one finding for {entry.one_finding_for}.", entry.means)
    titled = (f"{title}: {text}" for title, text in sections(entry))
    return "\n\n".join(fill(part, width, break_on_hyphens=False) for part in (*parts, *titled)) + "\n"


def sections(entry: RuleInfo) -> tuple[tuple[str, str], ...]:
    """What follows the meaning of a rule, in Markdown.

    Args:
        entry: the rule.

    Returns:
        (title, text) of each section.
    """
    effects = ", ".join(f"`{effect.word}` ({effect.meaning})" for effect in entry.effects)
    if entry.effects == (UNKNOWN,):  # of one side alone: `Finding.is_difference` is False
        effects = "`unknown`, and it never decides the verdict"
    return (
        ("Effect", effects),
        ("Example", entry.example),
        ("What to do", entry.to_do),
        ("To ignore", _to_ignore(entry)),
    )


def _to_ignore(entry: RuleInfo) -> str:
    if entry.id == "AD701":
        return "Nothing to do: such a fact fails only where --strict or `strict` in archdiff.toml names it."
    if entry.id == "AD001":
        return (
            'A claim fails only where `claims = "fail"` is set; `claims = "tell"` reports it and never fails, '
            '`claims = "off"` leaves it out.'
        )
    return (
        f"`# archdiff: ignore[{entry.id}] reason` on the line in either text; "
        f'`ignore = [{{ rule = "{entry.id}", path = "features.*", reason = "..." }}]` in archdiff.toml; '
        f"--ignore {entry.id} for one comparison. The finding then leaves the exit code, never the verdict."
    )
