# ruff: noqa: E501  (tables: a case a line)
"""Two k-winners in the same place: what decides which units win, and what only follows."""

from __future__ import annotations

from answers import Case, findings_test, holding


def winners(**settings: object) -> str:
    """A KWinners as the nupic.torch of 2020 prints it, with some settings changed; None: not printed."""
    usual = {
        "n": 100,
        "percent_on": 0.1,
        "boost_strength": 1.0,
        "boost_strength_factor": 0.9,
        "k_inference_factor": 1.5,
    }
    both = {**usual, "duty_cycle_period": 1000, **settings}
    return f"KWinners({', '.join(f'{name}={value}' for name, value in both.items() if value is not None)})"


def maps(**settings: object) -> str:
    usual = {
        "channels": 4,
        "n": 0,
        "percent_on": 0.1,
        "boost_strength": 1.0,
        "boost_strength_factor": 0.9,
        "k_inference_factor": 1.5,
    }
    both = {**usual, "duty_cycle_period": 1000, **settings}
    return f"KWinners2d({', '.join(f'{name}={value}' for name, value in both.items() if value is not None)})"


def net(layer: str) -> str:
    return holding("Sequential", "Linear(in_features=8, out_features=100, bias=True)", layer)


#: id, candidate, reference, input shape, every finding
CASES: list[Case] = [
    ("same", net(winners()), net(winners()), None,
     []),
    ("another-share", net(winners(percent_on=0.2)), net(winners()), None,
     ["AD601 function 1|1: percent_on 0.2, not 0.1: k 20/30, not 10/15 of 100"]),
    ("another-share-of-the-same-k", net(winners(percent_on=0.102)), net(winners()), None,
     ["AD601 equivalent 1|1: percent_on 0.102, not 0.1: k = 10/15 of 100 either way"]),
    ("another-share-of-the-same-k-in-training", net(winners(percent_on=0.104)), net(winners()), None,
     ["AD601 equivalent 1|1: percent_on 0.104, not 0.1: k = 10/15 of 100 either way"]),
    ("share-not-printed", net(winners(percent_on=None)), net(winners()), None,
     ["AD601 function 1|1: percent_on unknown, not 0.1"]),
    ("share-not-printed-on-the-other-side", net(winners()), net(winners(percent_on=None)), None,
     ["AD601 function 1|1: percent_on 0.1, not unknown"]),
    ("share-no-number", net(winners(percent_on="'x'")), net(winners()), None,
     ["AD601 function 1|1: percent_on x, not 0.1"]),
    ("more-in-inference", net(winners(k_inference_factor=2.0)), net(winners()), None,
     ["AD601 inference 1|1: k_inference_factor 2.0, not 1.5: 20 of 100 win in inference, not 15"]),
    ("more-in-inference-by-less-than-one", net(winners(k_inference_factor=1.55)), net(winners()), None,
     ["AD601 equivalent 1|1: k_inference_factor 1.55, not 1.5: 15 of 100 win in inference either way"]),
    ("factor-not-printed", net(winners(k_inference_factor=None)), net(winners()), None,
     ['AD701 unknown 1|1: k_inference_factor is not printed by the candidate; the other side has 1.5 [print(model.get_submodule("1").k_inference_factor)]']),
    ("both-shares-and-factors", net(winners(percent_on=0.2, k_inference_factor=2.0)), net(winners()), None,
     ["AD601 function 1|1: percent_on 0.2, not 0.1: k 20/40, not 10/15 of 100",
      "AD601 inference 1|1: k_inference_factor 2.0, not 1.5"]),
    # boosting
    ("boost-of-a-later-epoch", net(winners(boost_strength=0.81)), net(winners()), None,
     ["AD601 state 1|1: boost_strength 0.81, not 1: the candidate was printed 2 epochs later (1 decays by its factor)"]),
    ("boost-of-an-earlier-epoch", net(winners()), net(winners(boost_strength=0.9)), None,
     ["AD601 state 1|1: boost_strength 1, not 0.9: the reference was printed 1 epochs later (1 decays by its factor)"]),
    ("boost-between-epochs", net(winners(boost_strength=0.85)), net(winners()), None,
     ["AD601 function 1|1: boost_strength 0.85, not 1: other winners once duty cycles differ from zero"]),
    ("boost-in-float32", net(winners(boost_strength=0.9999999)), net(winners()), None,
     ["AD302 cosmetic 1|1: boost_strength 1, not 1: the same number, read back from float32"]),
    ("boost-just-not-in-float32", net(winners(boost_strength=0.99999)), net(winners()), None,
     ["AD601 function 1|1: boost_strength 0.99999, not 1: other winners once duty cycles differ from zero"]),
    ("boost-with-another-factor", net(winners(boost_strength=0.81, boost_strength_factor=0.81)), net(winners()), None,
     ["AD601 function 1|1: boost_strength 0.81, not 1: other winners once duty cycles differ from zero",
      "AD401 training 1|1: boost_strength_factor 0.81, not 0.9 (applied to boost_strength once an epoch)"]),
    ("boost-that-does-not-decay", net(winners(boost_strength=0.5, boost_strength_factor=1.0)),
     net(winners(boost_strength_factor=1.0)), None,
     ["AD601 function 1|1: boost_strength 0.5, not 1: other winners once duty cycles differ from zero"]),
    ("boost-by-a-factor-of-zero", net(winners(boost_strength=0.5, boost_strength_factor=0.0)),
     net(winners(boost_strength_factor=0.0)), None,
     ["AD601 function 1|1: boost_strength 0.5, not 1: other winners once duty cycles differ from zero"]),
    ("no-boost", net(winners(boost_strength=0.0)), net(winners()), None,
     ["AD601 function 1|1: boost_strength 0, not 1: other winners once duty cycles differ from zero"]),
    ("boost-below-zero", net(winners(boost_strength=-0.81)), net(winners(boost_strength=-1.0)), None,
     ["AD601 function 1|1: boost_strength -0.81, not -1: other winners once duty cycles differ from zero"]),
    ("boost-not-printed", net(winners(boost_strength=None)), net(winners()), None,
     ['AD701 unknown 1|1: boost_strength is not printed by the candidate; the other side has 1.0 [print(model.get_submodule("1").boost_strength)]']),
    ("another-factor", net(winners(boost_strength_factor=0.8)), net(winners()), None,
     ["AD401 training 1|1: boost_strength_factor 0.8, not 0.9 (applied to boost_strength once an epoch)"]),
    ("another-period", net(winners(duty_cycle_period=500)), net(winners()), None,
     ["AD401 training 1|1: duty_cycle_period 500, not 1000"]),
    # ties
    ("ties-broken", net(winners(break_ties=True)), net(winners(break_ties=False)), None,
     ["AD601 equivalent 1|1: break_ties True, not False: if no two inputs tie at the k-th place, where all of them win unless break_ties is True"]),
    ("ties-not-printed", net(winners()), net(winners(break_ties=False)), None,
     ["AD601 equivalent 1|1: break_ties True, not False: if no two inputs tie at the k-th place, where all of them win unless break_ties is True"]),
    ("ties-broken-as-ever", net(winners()), net(winners(break_ties=True)), None,
     ["AD302 cosmetic 1|1: printed differently, which changes no layer: (1): KWinners(n=100, percent_on=0.1, boost_strength=1.0, boost_strength_factor=0.9, k_inference_factor=1.5, duty_cycle_period=1000), not (1): KWinners(n=100, percent_on=0.1, boost_strength=1.0, boost_strength_factor=0.9, k_inference_factor=1.5, duty_cycle_period=1000, break_ties=True)"]),
    # n
    ("n-of-before", net(winners(n=0)), net(winners()), None,
     ["AD601 state 1|1: n is 0 until the first forward, then the number of units"]),
    ("another-n", net(winners(n=200)), net(winners()), None,
     ["AD601 function 1|1: n 200, not 100; k 20/30, not 10/15"]),
    ("relu-inside", net(winners(relu=True)), net(winners(relu=False)), None,
     ["AD601 function 1|1: relu True, not False (negative winners become zero)"]),
    # maps
    ("n-until-the-first-forward", holding("Sequential", maps()), holding("Sequential", maps(n=256)), (4, 8, 8),
     ["AD601 state 0|0: n is 0 until the first forward, then the number of units"]),
    ("n-of-neither", holding("Sequential", maps()), holding("Sequential", maps()), (4, 8, 8),
     []),
    ("local", holding("Sequential", maps(local=True)), holding("Sequential", maps(local=False)), (4, 8, 8),
     ["AD601 function 0|0: local True, not False (winners of each position, not of the whole map)",
      "AD601 function 0|0: n 4, not 256; k 0/1, not 26/38"]),
    ("share-of-a-map-not-known", holding("Sequential", maps(percent_on=0.2)), holding("Sequential", maps()), None,
     ["AD601 function 0|0: percent_on 0.2, not 0.1"]),
    ("ties-behind-an-overlapping-pool", holding("Sequential", "MaxPool2d(kernel_size=3, stride=1)", "ReLU()", maps(break_ties=True)),
     holding("Sequential", "MaxPool2d(kernel_size=3, stride=1)", "ReLU()", maps(break_ties=False)), (4, 8, 8),
     ["AD601 function 2|2: break_ties True, not False: windows of the pool before it overlap, so inputs tie; where break_ties is False all of them win"]),
    ("ties-behind-a-pool", holding("Sequential", "MaxPool2d(kernel_size=2, stride=2)", maps(break_ties=True)),
     holding("Sequential", "MaxPool2d(kernel_size=2, stride=2)", maps(break_ties=False)), (4, 8, 8),
     ["AD601 equivalent 1|1: break_ties True, not False: if no two inputs tie at the k-th place, where all of them win unless break_ties is True"]),
    ("ties-behind-an-overlapping-mean", holding("Sequential", "AvgPool2d(kernel_size=3, stride=1)", maps(break_ties=True)),
     holding("Sequential", "AvgPool2d(kernel_size=3, stride=1)", maps(break_ties=False)), (4, 8, 8),
     ["AD601 equivalent 1|1: break_ties True, not False: if no two inputs tie at the k-th place, where all of them win unless break_ties is True",
      'AD701 unknown 0|0: neither print shows divisor_override of AvgPool2d [print(model.get_submodule("0").divisor_override)]']),
    ("units-of-another-map", holding("Sequential", "Conv2d(4, 8, kernel_size=(1, 1), stride=(1, 1))", maps(channels=8)),
     holding("Sequential", "Conv2d(4, 4, kernel_size=(1, 1), stride=(1, 1))", maps()), (4, 8, 8),
     ["AD301 function 0|0: out_channels 8, not 4",
      "-> AD301 function 1|1: channels 8, not 4",
      "-> AD601 function 1|1: n 512, not 256; k 51/77, not 26/38"]),
    ("same-k-of-other-units", holding("Sequential", "Conv2d(4, 8, kernel_size=(1, 1), stride=(1, 1))", maps(channels=8, percent_on=0.05)),
     holding("Sequential", "Conv2d(4, 4, kernel_size=(1, 1), stride=(1, 1))", maps()), (4, 8, 8),
     ["AD301 function 0|0: out_channels 8, not 4",
      "-> AD301 function 1|1: channels 8, not 4",
      "-> AD601 function 1|1: n 512, not 256",
      "AD601 function 1|1: percent_on 0.05, not 0.1: k is 26/38 on both sides, but of 512 and of 256 units (5.08 % and 10.2 % active)"]),
    # two generations of code
    ("old-rounding", net("KWinners(n=100, percent_on=0.11, boost_strength=1.0, boost_strength_factor=0.9, k_inference_factor=1.5, duty_cycle_period=1000)"),
     net("KWinners(n=100, k=11, boost_strength=1.0, boost_strength_factor=0.9, k_inference_factor=1.5, duty_cycle_period=1000)"), None,
     ["AD601 equivalent 1|1: percent_on 0.11, not unknown: k = 11/16 of 100 either way",
      'AD701 unknown 1|1: k is not printed by the candidate; the other side has 11 [print(model.get_submodule("1").k)]']),
]  # fmt: skip


test_findings = findings_test(CASES)
