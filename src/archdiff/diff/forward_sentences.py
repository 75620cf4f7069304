"""The words for what traced forwards do: rows of `messages`."""

from __future__ import annotations

from typing import Final

FORWARDS: Final = {
    "traced": "forward of {names}: {what}{more}",
    "traced-two": "forward of {names}: {what}; {also}",
    "traced-same": "the forwards do the same, as traced",
    "forward-not-printed": "what the forward of the {side} does beside its layers is not printed; that of the {other} "
    "calls {names}",
    "order-not-printed": "how the forward of the {side} runs its layers is not printed; that of the {other} does not "
    "run them as it prints them",
    "called-once": "{name}",
    "called-often": "{name} ({times} times)",
    "traced-unread": "no forward reads it, as traced",
    "traced-differs": "as traced",
    "traced-told": "what their forwards do otherwise, as traced, is a finding of its own",
    "traced-called": "the {side} calls it as a function there, as traced",
    "traced-called-elsewhere": "the {side} calls it as a function behind {names}, as traced, and not there",
    "traced-may-be": "the {side} calls functions that may do the same, as traced",
    "traced-not-called": "the {side} calls no such function, as traced",
    "traced-runs": "the {side} runs it behind {names}, as traced; the other forward must call it as a function there, "
    "which no print shows",
    "traced-runs-not": "the {side} never runs it, as traced",
    "traced-runs-then": "it runs {mode} alone, as traced",
    "traced-in-order": "{class_name} runs them in this order and does nothing else, as traced",
    "traced-as-printed": "{class_name} runs its layers as it prints them and does nothing else, as traced",
    "traced-not-as-printed": "{class_name} does not run its layers as it prints them, as traced",
    "traced-in-own-order": "{class_name} of the {side} runs them as it prints them, as traced; "
    "{effect} if {other} runs in printed order, which no print shows",
    "traced-must-be-in-order": "{class_name} runs them in this order and does nothing else, as traced; {other} must do "
    "the same, which no print shows",
    "traced-not-in-order": "{class_name} does something else as well, as traced",
    "taken-as-traced": "if {class_name} runs it there too",
    "norm-placement": "norm placement {ours}, not {theirs}",
    "traced-missing": "{what} is missing{remark}",
    "traced-extra": "{what} is only in the candidate{remark}",
    "traced-skip": ", a skip connection",
    "traced-settings": "{name} with {ours}, not {theirs}",
    "traced-constants": "{name} takes other constants",
    "traced-otherwise": "{name} is called otherwise",
    "traced-sized": "{name} takes tensors of other sizes",
    "traced-replaced": "{ours}, not {theirs}",
    "traced-gradient": "{name} is not the same",
    "traced-takes": "{name} takes {ours}, not {theirs}",
    "traced-mode": "{name} runs in {ours}, not in {theirs}",
    "traced-other-output": "another output of {name} is taken",
    "traced-layout": "{name} takes numbers in another order",
    "traced-not": "what their forwards do is not known, and their code is not the same: {why}",
    "traced-not-known": "whether their forwards do the same is not known: {why}",
    "traced-gives": "gives {ours}, not {theirs}",
    "traced-writes": "the {side} writes into {which}",
    "traced-drops": "leaves out {ours} at random in training, not {theirs}",
    "traced-drops-none": "nothing",
    "traced-drops-rate": "{least}",
    "traced-drops-rates": "{least} to {most}",
    "traced-output": "other tensors come out",
    "traced-output-sized": "tensors of other sizes come out",
    "traced-output-order": "the same tensors come out in another order",
    "traced-part": "another part of {name} is written into",
    "traced-kept": "the {side} keeps {names} for its next call, of which nothing is known on the other side",
    "traced-again": "{what} when it is called again",
}
