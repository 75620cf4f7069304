# ruff: noqa: E501  (tables: a case a line)
"""Two layers of one kind: each setting that differs, with its effect, what is said of it, and what it may be."""

from __future__ import annotations

from answers import Case, findings_test, holding

LINEAR = "Linear(in_features=4, out_features=4, bias=True)"
CONV = "Conv2d(4, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1){})"
SPARSE = "SparseWeights(\n  {}\n  (module): Linear(in_features=10, out_features=4, bias=True)\n)"
POOL = "MaxPool2d(kernel_size=3, stride=2, padding=0, dilation=1, ceil_mode={})"


def one(layer: str) -> str:
    return holding("Sequential", layer)


def rows(layer: str) -> str:
    return holding("Sequential", LINEAR, layer)


def maps(layer: str) -> str:
    return holding("Sequential", CONV.format(""), layer)


#: id, candidate, reference, input shape, every finding
CASES: list[Case] = [
    # numbers that are nearly one
    ("eps-in-other-words", one("LayerNorm((4,), eps=1e-05)"), one("LayerNorm((4,), eps=0.00001)"), None,
     ["AD302 cosmetic 0|0: printed differently, or by one side only, with the same meaning: LayerNorm eps"]),
    ("eps-within-a-float32", one("LayerNorm((4,), eps=1e-05)"), one("LayerNorm((4,), eps=1.0000000001e-05)"), None,
     ["AD302 cosmetic 0|0: printed differently, or by one side only, with the same meaning: LayerNorm eps"]),
    ("eps-beyond-a-float32", one("LayerNorm((4,), eps=1e-05)"), one("LayerNorm((4,), eps=1.000001e-05)"), None,
     ["AD301 function 0|0: eps 1e-05, not 1.000001e-05 (small)"]),
    ("whole-and-broken-number", one("Dropout(p=1)"), one("Dropout(p=1.0)"), None,
     ["AD302 cosmetic 0|0: printed differently, or by one side only, with the same meaning: Dropout p"]),
    ("truth-and-number", one("Linear(in_features=4, out_features=4, bias=1)"), one(LINEAR), None,
     ["AD302 cosmetic 0|0: printed differently, which changes no layer: (0): Linear(in_features=4, out_features=4, bias=1), not (0): Linear(in_features=4, out_features=4, bias=True)"]),
    ("no-number", one("Dropout(p=nan)"), one("Dropout(p=0.5)"), None,
     ["AD401 training 0|0: p nan, not 0.5"]),
    ("infinite", one("LayerNorm((4,), eps=inf)"), one("LayerNorm((4,), eps=1e-05)"), None,
     ["AD301 function 0|0: eps inf, not 1e-05 (small)"]),
    # what one side does not print
    ("not-printed-as-usual", one("BatchNorm2d(4)"), one("BatchNorm2d(4, momentum=0.1)"), None,
     ["AD302 cosmetic 0|0: printed differently, or by one side only, with the same meaning: BatchNorm2d momentum"]),
    ("not-printed-by-an-old-form", rows("LogSoftmax()"), rows("LogSoftmax(dim=1)"), None,
     ['AD701 unknown 1|1: dim is not printed by the candidate; the other side has 1; probably the same [print(model.get_submodule("1").dim)]']),
    ("not-printed-by-an-old-form-other", rows("LogSoftmax()"), rows("LogSoftmax(dim=0)"), None,
     ['AD701 unknown 1|1: dim is not printed by the candidate; the other side has 0 [print(model.get_submodule("1").dim)]']),
    ("left-to-torch", rows("Softmax(dim=None)"), rows("Softmax(dim=1)"), None,
     ["AD301 unknown 1|1: dim None, not 1 [--input-shape decides]"]),
    ("left-to-torch-given", rows("Softmax(dim=None)"), rows("Softmax(dim=1)"), (4,),
     ["AD301 equivalent 1|1: dim None, not 1 (not printed: torch uses 1 for 2 dimensions)"]),
    ("left-to-torch-otherwise-given", rows("Softmax(dim=None)"), rows("Softmax(dim=0)"), (4,),
     ["AD301 function 1|1: dim 1, not 0 (not printed: torch uses 1 for 2 dimensions)"]),
    ("left-to-torch-of-maps", maps("Softmax(dim=None)"), maps("Softmax(dim=1)"), (4, 8, 8),
     ["AD301 equivalent 1|1: dim None, not 1 (not printed: torch uses 1 for 4 dimensions)"]),
    ("left-to-torch-of-maps-any-size", maps("Softmax(dim=None)"), maps("Softmax(dim=2)"), None,
     ["AD301 function 1|1: dim 1, not 2 (not printed: torch uses 1 for 4 dimensions)"]),
    ("left-to-torch-behind-an-unknown-class", holding("Sequential", "Odd()", CONV.format(""), "Softmax(dim=None)"),
     holding("Sequential", CONV.format(""), "Softmax(dim=1)"), (4, 8, 8),
     ["AD104 function 0|-: only in the candidate: Odd",
      "AD301 unknown 2|1: dim None, not 1 [--input-shape decides]"]),
    ("left-to-torch-and-never-chosen", one("Softmax(dim=None)"), one("Softmax(dim=3)"), None,
     ["AD301 function 0|0: dim None, not 3 (not printed: torch never uses 3 by default)"]),
    ("left-to-torch-and-sometimes-chosen", one("Softmax(dim=None)"), one("Softmax(dim=0)"), None,
     ["AD301 unknown 0|0: dim None, not 0 [--input-shape decides]"]),
    ("left-to-torch-and-never-there", one("Softmax(dim=None)"), one("Softmax(dim=9)"), None,
     ["AD301 unknown 0|0: dim None, not 9 [--input-shape decides]"]),
    ("density-not-printed", one("DSLinear(in_features=10, out_features=4, bias=True)"),
     one("Linear(in_features=10, out_features=4, bias=True)"), None,
     ['AD701 unknown 0|0: the candidate does not print how many weights are zero; on the other side they are dense [print((model.get_submodule("0").weight != 0).float().mean().item())]']),
    ("density-not-printed-on-the-other-side", one(SPARSE.format("sparsity=0.4")),
     one("DSLinear(in_features=10, out_features=4, bias=True)"), None,
     ['AD701 unknown 0|0: the reference does not print how many weights are zero; on the other side they are 60 % non-zero (6 of 10 a unit) [print((model.get_submodule("0").weight != 0).float().mean().item())]']),
    ("density-of-nothing", one(SPARSE.format("sparsity=1.0")), one(SPARSE.format("sparsity=0.4")), None,
     ["AD501 function 0|0: weights 0 % non-zero (0 of 10 a unit), not 60 % non-zero (6 of 10 a unit)"]),
    ("settings-cut", one("BatchNorm2d(4, ...)"), one("BatchNorm2d(4, momentum=0.2)"), None,
     ['AD301 unknown 0|0: settings are cut off in the candidate [print(model.get_submodule("0"))]']),
    ("settings-cut-before-one-by-position", one("Conv2d(..., 4, kernel_size=(3, 3))"), one("Conv2d(3, 4, kernel_size=(3, 3))"), None,
     ['AD301 unknown 0|0: settings are cut off in the candidate [print(model.get_submodule("0"))]',
      "AD302 cosmetic 0|0: printed differently, or by one side only, with the same meaning: Conv2d in_channels"]),
    ("settings-cut-before-one-by-position-of-another-sort", one("Linear(10, ..., True)"), one("Linear(10, 4, True)"), None,
     ['AD301 unknown 0|0: settings are cut off in the candidate [print(model.get_submodule("0"))]']),
    ("settings-cut-on-both-sides", one("BatchNorm2d(4, ...)"), one("BatchNorm2d(4, momentum=0.2, ...)"), None,
     ['AD301 unknown 0|0: settings are cut off in the candidate and reference [print(model.get_submodule("0"))]',
      'AD701 unknown 0|0: neither print shows bias of BatchNorm2d [print(model.get_submodule("0").bias is not None)]']),
    ("lazy", one("LazyLinear(in_features=0, out_features=4, bias=True)"), one(LINEAR), None,
     ["AD302 cosmetic 0|0: LazyLinear and Linear are two names for the same layer"]),
    ("lazy-and-wider", one("LazyLinear(in_features=0, out_features=5, bias=True)"), one(LINEAR), None,
     ["AD301 function 0|0: out_features 5, not 4"]),
    # settings that no kind describes
    ("of-a-newer-torch", one("Dropout(p=0.5, seed=3)"), one("Dropout(p=0.5, seed=4)"), None,
     ["AD301 function 0|0: seed 3, not 4"]),
    ("of-a-newer-torch-alone", one("Dropout(p=0.5, seed=3)"), one("Dropout(p=0.5)"), None,
     ["AD301 unknown 0|0: seed is not printed by the reference; the other side has 3"]),
    ("of-a-class-of-somebody", one("Odd(3, scale=2)"), one("Odd(4, scale=2)"), None,
     ["AD301 function 0|0: setting 1 3, not 4"]),
    ("of-a-class-of-somebody-alone", one("Odd(3, scale=2)"), one("Odd(3)"), None,
     ["AD301 unknown 0|0: scale is not printed by the reference; the other side has 2"]),
    ("of-a-dropout-of-somebody", one("WordDropout(p=0.5, unit=3)"), one("WordDropout(p=0.5, unit=4)"), None,
     ["AD401 training 0|0: unit 3, not 4"]),
    ("of-a-dropout-of-somebody-alone", one("WordDropout(p=0.5, unit=3)"), one("WordDropout(p=0.5)"), None,
     ["AD301 unknown 0|0: unit is not printed by the reference; the other side has 3"]),
    # a setting that follows from another, or decides nothing beside it
    ("bias-of-a-norm-without-weights", one("LayerNorm((4,), eps=1e-05, elementwise_affine=False)"),
     one("LayerNorm((4,), eps=1e-05, elementwise_affine=False, bias=False)"), None,
     ["AD302 cosmetic 0|0: printed differently, or by one side only, with the same meaning: LayerNorm bias"]),
    ("weights-of-a-norm", one("LayerNorm((4,), eps=1e-05, elementwise_affine=False)"),
     one("LayerNorm((4,), eps=1e-05, elementwise_affine=True)"), None,
     ["AD301 function 0|0: elementwise_affine False, not True (equal at initialisation)"]),
    ("bias-of-a-norm", one("LayerNorm((4,), eps=1e-05, elementwise_affine=True)"),
     one("LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=False)"), None,
     ["AD301 function 0|0: bias True, not False (equal at initialisation)"]),
    ("momentum-none", one("BatchNorm2d(4, momentum=None)"), one("BatchNorm2d(4, momentum=0.1)"), None,
     ["AD401 training 0|0: momentum None, not 0.1 [the plain mean of all batches so far]"]),
    ("no-statistics", one("BatchNorm2d(4, track_running_stats=False)"), one("BatchNorm2d(4)"), None,
     ["AD301 inference 0|0: track_running_stats False, not True (statistics of the batch in eval mode too)"]),
    ("momentum-without-statistics", one("BatchNorm2d(4, momentum=0.2, track_running_stats=False)"),
     one("BatchNorm2d(4, track_running_stats=False)"), None,
     ["AD301 equivalent 0|0: momentum 0.2, not 0.1 (no statistics are kept)"]),
    ("padding-mode-without-padding", one("Conv2d(4, 4, kernel_size=(1, 1), stride=(1, 1), padding_mode=reflect)"),
     one("Conv2d(4, 4, kernel_size=(1, 1), stride=(1, 1))"), None,
     ["AD301 equivalent 0|0: padding_mode reflect, not zeros (nothing is padded)"]),
    ("padding-mode", one(CONV.format(", padding_mode=reflect")), one(CONV.format("")), None,
     ["AD301 function 0|0: padding_mode reflect, not zeros"]),
    ("groups", one(CONV.format(", groups=2")), one(CONV.format("")), None,
     ["AD301 function 0|0: groups 2, not 1"]),
    ("drop-or-keep", one("Dropout(p=0.2)"), one("Dropout(p=0.8)"), None,
     ["AD401 training 0|0: p 0.2, not 0.8 [drop or keep probability?]"]),
    ("drop-otherwise", one("Dropout(p=0.2)"), one("Dropout(p=0.3)"), None,
     ["AD401 training 0|0: p 0.2, not 0.3"]),
    # ceil_mode
    ("rounding-any-size", one(POOL.format(True)), one(POOL.format(False)), None,
     ["AD301 unknown 0|0: ceil_mode True, not False (matters where a window is cut off at the edge; --input-shape decides)",
      'AD701 unknown 0|0: neither print shows return_indices of MaxPool2d [print(model.get_submodule("0").return_indices)]']),
    ("rounding-that-cuts", one(POOL.format(True)), one(POOL.format(False)), (4, 8, 8),
     ["AD301 function 0|0: ceil_mode True, not False (windows are cut off at this input size)",
      'AD701 unknown 0|0: neither print shows return_indices of MaxPool2d [print(model.get_submodule("0").return_indices)]']),
    ("rounding-that-cuts-nothing", one(POOL.format(True)), one(POOL.format(False)), (4, 9, 9),
     ["AD301 equivalent 0|0: ceil_mode True, not False (no window is cut off at this input size)",
      'AD701 unknown 0|0: neither print shows return_indices of MaxPool2d [print(model.get_submodule("0").return_indices)]']),
    ("rounding-behind-another-shape", holding("Sequential", "Conv2d(4, 4, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))", POOL.format(True)),
     holding("Sequential", CONV.format(""), POOL.format(False)), (4, 9, 9),
     ["AD301 function 0|0: stride 2x2, not 1x1",
      "AD301 unknown 1|1: ceil_mode True, not False (matters where a window is cut off at the edge; --input-shape decides)",
      'AD701 unknown 1|1: neither print shows return_indices of MaxPool2d [print(model.get_submodule("1").return_indices)]']),
    ("rounding-solved", holding("Sequential", POOL.format(True), "Flatten(start_dim=1, end_dim=-1)", "Linear(in_features=64, out_features=2, bias=True)"),
     holding("Sequential", POOL.format(False), "Flatten(start_dim=1, end_dim=-1)", "Linear(in_features=64, out_features=2, bias=True)"), None,
     ["AD301 equivalent 0|0: ceil_mode True, not False (no window is cut off at this input size)"]),
    # dimensions counted from the end
    ("last-of-rows", rows("Softmax(dim=-1)"), rows("Softmax(dim=1)"), None,
     ["AD301 unknown 1|1: dim -1, not 1 (the same if the input has one dimension besides the batch) [--run decides]"]),
    ("last-of-rows-given", rows("Softmax(dim=-1)"), rows("Softmax(dim=1)"), (4,),
     ["AD302 cosmetic 1|1: printed differently, or by one side only, with the same meaning: Softmax dim"]),
    ("last-of-more-given", rows("Softmax(dim=-1)"), rows("Softmax(dim=1)"), (3, 4),
     ["AD301 function 1|1: dim -1, not 1"]),
    ("first-of-maps", one("Softmax(dim=-3)"), one("Softmax(dim=1)"), None,
     ["AD301 unknown 0|0: dim -3, not 1 (the same for an input of 4 dimensions, with the batch) [--input-shape decides]"]),
    ("last-of-maps", maps("LogSoftmax(dim=-1)"), maps("LogSoftmax(dim=3)"), None,
     ["AD301 equivalent 1|1: LogSoftmax computes the same as LogSoftmax: both compete along the same dimension"]),
    ("last-of-maps-otherwise", maps("LogSoftmax(dim=-1)"), maps("LogSoftmax(dim=2)"), None,
     ["AD301 function 1|1: dim -1, not 2"]),
    ("last-behind-flatten", holding("Sequential", CONV.format(""), "Flatten(start_dim=1, end_dim=-1)", "Softmax(dim=-1)"),
     holding("Sequential", CONV.format(""), "Flatten(start_dim=1, end_dim=-1)", "Softmax(dim=1)"), None,
     ["AD301 equivalent 2|2: Softmax computes the same as Softmax: both compete along the same dimension"]),
    ("share-of-a-dropout-of-somebody", one("WordDropout(p=0.5)"), one("WordDropout(p=0.3)"), None,
     ["AD401 training 0|0: p 0.5, not 0.3"]),
    ("a-tuple-of-no-numbers", one("Odd(names=('a', 'b'), size=(1, 2))"),
     one("Odd(names=('a', 'c'), size=(1, 3))"), None,
     ["AD301 function 0|0: names ('a', 'b'), not ('a', 'c')", "AD301 function 0|0: size 1x2, not 1x3"]),
    ("a-tuple-of-nothing", one("Odd(size=())"), one("Odd(size=(1,))"), None,
     ["AD301 function 0|0: size (), not 1"]),
]  # fmt: skip


test_findings = findings_test(CASES)
