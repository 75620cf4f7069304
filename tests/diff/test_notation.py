# ruff: noqa: E501  (tables: a case a line)
"""The same thing in other words: each spelling once, and what is taken for granted of other names."""

from __future__ import annotations

from answers import Case, compared, findings_test, holding

LINEAR = "Linear(in_features=4, out_features=4, bias=True)"
SPARSE = "SparseWeights(\n  {}\n  (module): Linear(in_features=10, out_features=4, bias=True)\n)"


def ordered(*layers: str, **named: str) -> str:
    return holding("Sequential", *layers, **named)


def net(**layers: str) -> str:
    return holding("Net", **layers)


def block(class_name: str = "Block", **layers: str) -> str:
    return net(x=holding(class_name, **layers))


def wrapped(class_name: str, layer: str) -> str:
    return holding(class_name, module=layer)


#: id, candidate, reference, input shape, every finding
CASES: list[Case] = [
    # rules that one side needed more often
    ("nested", ordered(LINEAR, ordered("ReLU()", LINEAR)), ordered(LINEAR, "ReLU()", LINEAR), None,
     ["AD107 cosmetic 1.0|1: names or nesting differ, so checkpoint keys change: 1.0 is 1, 1.1 is 2 x2"]),
    ("nested-in-the-reference", ordered(LINEAR, "ReLU()"), ordered(LINEAR, ordered("ReLU()")), None,
     ["AD107 cosmetic 1|1.0: names or nesting differ, so checkpoint keys change: 1 is 1.0"]),
    ("nested-on-both-sides", ordered(LINEAR, ordered("ReLU()")), ordered(LINEAR, ordered("ReLU()")), None,
     []),
    ("nested-twice", ordered(ordered(LINEAR), ordered("ReLU()")), ordered(ordered(LINEAR), "ReLU()"), None,
     ["AD107 cosmetic 1.0|1: names or nesting differ, so checkpoint keys change: 1.0 is 1"]),
    ("nested-elsewhere", ordered(ordered(LINEAR), "ReLU()"), ordered(LINEAR, ordered("ReLU()")), None,
     ["AD107 cosmetic 0.0|0: names or nesting differ, so checkpoint keys change: 0.0 is 0, 1 is 1.0 x2"]),
    ("nested-around-more", ordered(ordered(LINEAR, "ReLU()"), "Tanh()"),
     ordered(ordered(LINEAR), "ReLU()", "Tanh()"), None,
     ["AD107 cosmetic 0.1|1: names or nesting differ, so checkpoint keys change: 0.1 is 1"]),
    ("identity-in-what-is-extra", ordered(LINEAR, ordered("Tanh()", "Identity()")), ordered(LINEAR), None,
     ["AD104 function 1.0|-: only in the candidate: Tanh",
      "AD302 cosmetic 1|-: identity in the candidate (Sequential (2 children)): it gives back its input in training and in inference"]),
    ("two-identities", ordered("Identity()", LINEAR, "Identity()"), ordered(LINEAR), None,
     ["AD302 cosmetic .|-: identity in the candidate (Sequential (3 children)): it gives back its input in training and in inference x2",
      "AD107 cosmetic 1|0: names or nesting differ, so checkpoint keys change: 1 is 0"]),
    ("identities-in-other-places", ordered("Identity()", LINEAR), ordered(LINEAR, "Identity()"), None,
     ["AD302 cosmetic .|-: identity in the candidate (Sequential (2 children)): it gives back its input in training and in inference",
      "AD107 cosmetic 1|0: names or nesting differ, so checkpoint keys change: 1 is 0"]),
    ("relu-before-winners", ordered(LINEAR, "ReLU()", "KWinners(n=4, percent_on=0.5)"),
     ordered(LINEAR, "KWinners(n=4, percent_on=0.5)"), None,
     ["AD601 function 2|1: relu True, not False (negative winners become zero)",
      "AD107 cosmetic 2|1: names or nesting differ, so checkpoint keys change: 2 is 1",
      'AD701 unknown 2|1: neither print shows boost_strength_factor of KWinners [print({m.boost_strength_factor for m in model.modules() if m._get_name() == "KWinners"})]',
      'AD701 unknown 2|1: neither print shows duty_cycle_period of KWinners [print({m.duty_cycle_period for m in model.modules() if m._get_name() == "KWinners"})]']),
    # wrappers
    ("another-wrapper", wrapped("DataParallel", ordered(LINEAR)),
     wrapped("DistributedDataParallel", ordered(LINEAR)), None,
     ["AD302 cosmetic .|.: DataParallel and DistributedDataParallel leave the layers in them unchanged, or change them alike"]),
    ("wrapper-on-one-side", wrapped("DataParallel", ordered(LINEAR)), ordered(LINEAR), None,
     ["AD107 cosmetic module.0|0: names or nesting differ, so checkpoint keys change: module.0 is 0"]),
    ("another-wrapper-inside", net(a=wrapped("DataParallel", LINEAR)),
     net(a=wrapped("OptimizedModule", LINEAR)), None,
     ["AD302 cosmetic a|a: printed differently, which changes no layer: (a): DataParallel(), not (a): OptimizedModule()"]),
    # values that rules work out
    ("density-of-two-conventions", ordered(SPARSE.format("weight_sparsity=0.4")),
     ordered(SPARSE.format("sparsity=0.6")), None,
     ["AD501 equivalent 0|0: weight_sparsity=0.4 and sparsity=0.6 mean the same (weight_density 0.4)"]),
    ("density-of-one-convention", ordered(SPARSE.format("weight_sparsity=0.4")),
     ordered(SPARSE.format("weight_sparsity=0.40")), None,
     ["AD501 equivalent 0|0: weight_sparsity=0.4 and weight_sparsity=0.40 mean the same (weight_density 0.4)"]),
    ("density-that-rounds-alike", ordered(SPARSE.format("weight_sparsity=0.4")),
     ordered(SPARSE.format("weight_sparsity=0.41")), None,
     ["AD501 equivalent 0|0: weight_sparsity=0.4 and weight_sparsity=0.41 mean the same (weight_density 0.4)"]),
    ("density-of-opposite-conventions", ordered(SPARSE.format("weight_sparsity=0.4")),
     ordered(SPARSE.format("sparsity=0.4")), None,
     ["AD501 function 0|0: weights 40 % non-zero (4 of 10 a unit), not 60 % non-zero (6 of 10 a unit) [...]"]),
    ("density-not-known", ordered("DSLinear(in_features=10, out_features=4, bias=True)"),
     ordered(SPARSE.format("sparsity=0.4")), None,
     ['AD701 unknown 0|0: the candidate does not print how many weights are zero; on the other side they are 60 % non-zero (6 of 10 a unit) [print((model.get_submodule("0").weight != 0).float().mean().item())]']),
    ("all-weights", ordered(SPARSE.format("sparsity=0.0")),
     ordered("Linear(in_features=10, out_features=4, bias=True)"), None,
     ["AD501 equivalent 0|0: sparsity=0.0 and nothing printed mean the same (weight_density 1.0)"]),
    # other classes of one kind
    ("old-name", ordered(LINEAR, "SiLU()"), ordered(LINEAR, "Swish()"), None,
     ["AD302 cosmetic 1|1: SiLU and Swish are two names for the same layer"]),
    ("old-name-twice", ordered(LINEAR, "SiLU()", LINEAR, "SiLU()"),
     ordered(LINEAR, "Swish()", LINEAR, "Swish()"), None,
     ["AD302 cosmetic 1|1: SiLU and Swish are two names for the same layer x2"]),
    ("prefixed", ordered("torch.nn.Linear(in_features=4, out_features=4, bias=True)"), ordered(LINEAR), None,
     ["AD302 cosmetic 0|0: printed differently, which changes no layer: (0): torch.nn.Linear(in_features=4, out_features=4, bias=True), not (0): Linear(in_features=4, out_features=4, bias=True)"]),
    ("quantized", ordered(LINEAR),
     ordered("NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)"), None,
     ["AD302 cosmetic 0|0: Linear and NonDynamicallyQuantizableLinear are two names for the same layer"]),
    ("by-the-end-of-a-name", ordered(LINEAR, "LlamaRMSNorm((4,), eps=1e-06)"),
     ordered(LINEAR, "T5RMSNorm((4,), eps=1e-06)"), None,
     ['AD105 unknown 1|1: LlamaRMSNorm, not T5RMSNorm: similar names, but no print shows what they compute [import inspect; print(inspect.getsource(type(model.get_submodule("1"))))]']),
    ("of-one-formula", ordered(LINEAR, "T5LayerNorm()"), ordered(LINEAR, "MT5LayerNorm()"), None,
     ["AD302 cosmetic 1|1: T5LayerNorm and MT5LayerNorm are two names for the same layer",
      "AD701 unknown 1|1: neither print shows eps of MT5LayerNorm [...]"]),
    ("two-dropouts-by-name", ordered(LINEAR, "StableDropout(p=0.1)"), ordered(LINEAR, "Dropout(p=0.1)"), None,
     ["AD105 training 1|1: StableDropout, not Dropout: both do nothing in eval mode"]),
    ("dropouts-of-somebody", ordered(LINEAR, "WordDropout(p=0.1)"), ordered(LINEAR, "StableDropout(p=0.1)"), None,
     ["AD105 training 1|1: WordDropout, not StableDropout: both do nothing in eval mode, and no print shows what each drops"]),
    ("losses", net(a=LINEAR, loss="MSELoss()"), net(a=LINEAR, loss="L1Loss()"), None,
     ["AD105 training loss|loss: MSELoss, not L1Loss: used in training, not part of the forward pass"]),
    ("metrics", net(a=LINEAR, m="Accuracy()"), net(a=LINEAR, m="Precision()"), None,
     ["AD105 cosmetic m|m: Accuracy, not Precision: measures outputs, not part of the forward pass"]),
    ("one-function-by-a-rule", ordered(LINEAR, "Hardtanh(min_val=0.0, max_val=6.0)"),
     ordered(LINEAR, "ReLU6()"), None,
     ["AD105 equivalent 1|1: Hardtanh and ReLU6 compute the same function with these settings"]),
    ("one-function-by-a-rule-threshold", ordered(LINEAR, "Threshold(threshold=0, value=0)"),
     ordered(LINEAR, "ReLU()"), None,
     ["AD105 equivalent 1|1: Threshold and ReLU compute the same function with these settings"]),
    ("class-that-implies", ordered(LINEAR, "GELUTanh()"), ordered(LINEAR, "GELU(approximate='none')"), None,
     ["AD301 function 1|1: approximate tanh, not none (small: 4.7e-4 at most) [...]"]),
    ("class-that-implies-what-is-open", ordered(LINEAR, "NewGELUActivation()"), ordered(LINEAR, "GELU()"), None,
     ["AD301 function 1|1: approximate tanh, not none (small: 4.7e-4 at most) [...]"]),
    # other names
    ("renamed", net(a=LINEAR, b="ReLU()"), net(c=LINEAR, d="ReLU()"), None,
     ["AD107 cosmetic a|c: names or nesting differ, so checkpoint keys change: a is c, b is d: if Net calls a where the reference calls c x2"]),
    ("renamed-in-blocks", block(a=LINEAR, b="ReLU()"), block(c=LINEAR, d="ReLU()"), None,
     ["AD107 cosmetic x.a|x.c: names or nesting differ, so checkpoint keys change: x.a is x.c, x.b is x.d: if Block calls a where the reference calls c x2"]),
    ("renamed-in-two-classes", block("A", a=LINEAR, b=LINEAR), block("B", c=LINEAR, d=LINEAR), None,
     ["AD108 cosmetic x|x: A around these layers, not B: if A combines its layers as B does",
      "AD107 cosmetic x.a|x.c: names or nesting differ, so checkpoint keys change: x.a is x.c, x.b is x.d: if B calls a where the reference calls c x2"]),
    ("renamed-in-order", ordered(a=LINEAR, b="ReLU()"), ordered(LINEAR, "ReLU()"), None,
     ["AD107 cosmetic a|0: names or nesting differ, so checkpoint keys change: a is 0, b is 1 x2"]),
    ("exchanged-names", block(a=LINEAR, b=LINEAR.replace("True", "False")),
     block(b=LINEAR, a=LINEAR.replace("True", "False")), None,
     ["AD301 function x.b|x.b: bias False, not True",
      "AD301 function x.a|x.a: bias True, not False",
      'AD101 unknown x.a|x.a: Block declares a in another order: function if Block runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]']),
    ("exchanged-names-at-the-root", net(a=LINEAR, b="Linear(in_features=4, out_features=2, bias=True)"),
     net(b=LINEAR, a="Linear(in_features=4, out_features=2, bias=True)"), None,
     ["AD301 function b|b: out_features 2, not 4",
      "AD301 function a|a: out_features 4, not 2",
      "AD101 unknown a|a: Net declares a in another order: function if Net runs in printed order, which no print shows [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("a-name-kept-by-another", block(a=LINEAR, c="Linear(in_features=4, out_features=2, bias=True)"),
     block(b=LINEAR, a="Linear(in_features=4, out_features=2, bias=True)"), None,
     ["AD107 cosmetic x.a|x.b: names or nesting differ, so checkpoint keys change: x.a is x.b, x.c is x.a: if Block runs its children in printed order x2"]),
    ("many-names", net(a=LINEAR, b="ReLU()", c=LINEAR, d="Tanh()", e=LINEAR),
     net(k=LINEAR, l="ReLU()", m=LINEAR, n="Tanh()", o=LINEAR), None,
     ["AD107 cosmetic a|k: names or nesting differ, so checkpoint keys change: a is k, b is l, c is m and more: if Net calls a where the reference calls k x5"]),
    ("numbers-alone", net(layer1=LINEAR, layer2="Tanh()"), net(layer0=LINEAR, layer1="Tanh()"), None,
     ["AD107 cosmetic layer1|layer0: names or nesting differ, so checkpoint keys change: layer1 is layer0, layer2 is layer1: if Net runs its children in printed order x2"]),
    ("numbers-past-one-more", ordered(LINEAR, "ReLU()", "Tanh()"), ordered(LINEAR, "Tanh()"), None,
     ["AD104 function 1|-: only in the candidate: ReLU"]),
    # settings in other words
    ("default-printed", ordered("Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1), dilation=(1, 1))"),
     ordered("Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1))"), None,
     ["AD302 cosmetic 0|0: printed differently, or by one side only, with the same meaning: Conv2d dilation"]),
    ("one-number-for-two", ordered("MaxPool2d(kernel_size=2, stride=2)"),
     ordered("MaxPool2d(kernel_size=(2, 2), stride=(2, 2))"), None,
     ["AD302 cosmetic 0|0: printed differently, or by one side only, with the same meaning: MaxPool2d kernel_size, MaxPool2d stride x2",
      'AD701 unknown 0|0: neither print shows ceil_mode of MaxPool2d [print(model.get_submodule("0").ceil_mode)]',
      'AD701 unknown 0|0: neither print shows return_indices of MaxPool2d [print(model.get_submodule("0").return_indices)]']),
    ("default-stride", ordered("MaxPool2d(kernel_size=2)"), ordered("MaxPool2d(kernel_size=2, stride=2)"), None,
     ["AD302 cosmetic 0|0: printed differently, or by one side only, with the same meaning: MaxPool2d stride",
      'AD701 unknown 0|0: neither print shows ceil_mode of MaxPool2d [print(model.get_submodule("0").ceil_mode)]',
      'AD701 unknown 0|0: neither print shows return_indices of MaxPool2d [print(model.get_submodule("0").return_indices)]']),
    ("dim-from-the-end", ordered(LINEAR, "Softmax(dim=-1)"), ordered(LINEAR, "Softmax(dim=1)"), None,
     ["AD301 unknown 1|1: dim -1, not 1 (the same if the input has one dimension besides the batch) [--run decides]"]),
    ("dim-from-the-end-given", ordered(LINEAR, "Softmax(dim=-1)"), ordered(LINEAR, "Softmax(dim=1)"), (4,),
     ["AD302 cosmetic 1|1: printed differently, or by one side only, with the same meaning: Softmax dim"]),
    ("dim-from-the-end-of-more", ordered(LINEAR, "Softmax(dim=-1)"), ordered(LINEAR, "Softmax(dim=1)"), (3, 4),
     ["AD301 function 1|1: dim -1, not 1"]),
    ("dim-of-maps", ordered("Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1))", "Softmax(dim=-3)"),
     ordered("Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1))", "Softmax(dim=1)"), None,
     ["AD301 equivalent 1|1: Softmax computes the same as Softmax: both compete along the same dimension"]),
    ("a-container-without-layers", net(a=LINEAR, b="ModuleList()"), net(a=LINEAR, c="ModuleList()"), None,
     ["AD107 cosmetic b|c: names or nesting differ, so checkpoint keys change: b is c"]),
    # rules of whole layers
    ("static-padding", net(c=holding("Conv2dStaticSamePadding", static_padding="ZeroPad2d((0, 1, 0, 1))", settings="3, 8, kernel_size=(3, 3), stride=(2, 2)")),
     net(c="Conv2dStaticSamePadding(3, 8, kernel_size=(3, 3), stride=(2, 2))"), None,
     ["AD301 unknown c|c: static_padding is not printed by the reference; the other side has ((0, 1, 0, 1), 0.0)",
      "AD302 cosmetic c|-: static_padding in the candidate (Conv2dStaticSamePadding(3, 8, kernel_size=(3, 3), stride=(2, 2), padding=same)): padding=same says it, for the size of the input that it was made for"]),
    ("parametrized", net(c=holding("ParametrizedLinear", parametrizations=holding("ModuleDict", weight=holding("ParametrizationList", "_WeightNorm()")), settings="in_features=4, out_features=4, bias=True")),
     net(c=LINEAR), None,
     ["AD104 unknown c.parametrizations.weight.0|-: only in the candidate: _WeightNorm: its older form, a hook, does not appear in a print",
      "AD302 cosmetic .|-: parametrized in the candidate (Net()): it is the layer that it parametrizes, and what makes its weights"]),
    ("norm-with-its-activation", net(bn=holding("BatchNormAct2d", drop="Identity()", act="ReLU()", settings="8, eps=1e-05"), c="Tanh()"),
     net(bn="BatchNorm2d(8, eps=1e-05)", act="ReLU()", c="Tanh()"), None,
     ["AD302 cosmetic bn|bn: BatchNormAct2d and BatchNorm2d are two names for the same layer",
      "AD302 cosmetic bn|-: identity in the candidate (BatchNormAct2d(8, eps=1e-05) (2 children)): it gives back its input in training and in inference",
      "AD302 cosmetic .|-: norm_act in the candidate (Net (2 children)): it runs the norm and then what it prints",
      "AD107 cosmetic bn.act|act: names or nesting differ, so checkpoint keys change: bn.act is act: if Net runs its children in printed order"]),
    ("pool-that-flattens", ordered("SelectAdaptivePool2d(pool_type=avg, flatten=Flatten(start_dim=1, end_dim=-1))"),
     ordered("AdaptiveAvgPool2d(output_size=(1, 1))", "Flatten(start_dim=1, end_dim=-1)"), None,
     ["AD105 equivalent 0|0: SelectAdaptivePool2d and AdaptiveAvgPool2d compute the same function with these settings",
      "AD302 cosmetic .|-: select_adaptive_pool in the candidate (Sequential()): it is the pool of its name, and then the Flatten that it holds",
      "AD107 cosmetic 0.flatten|1: names or nesting differ, so checkpoint keys change: 0.flatten is 1",
      "AD302 cosmetic 0|0: printed differently, or by one side only, with the same meaning: SelectAdaptivePool2d output_size"]),
    ("folded", "Net(\n  (h): ModuleList(\n    (0-1): 2 x Linear(in_features=4, out_features=4, bias=True)\n  )\n)",
     net(h=holding("ModuleList", LINEAR, LINEAR)), None,
     ["AD302 cosmetic h|-: repeats in the candidate (ModuleList()): newer torch prints equal neighbours once, with a count"]),
]  # fmt: skip


test_findings = findings_test(CASES)


def test_the_line_of_what_is_only_printed_otherwise() -> None:
    """In the second of two equal blocks, which share what is in them."""
    equal = holding("Block", w=wrapped("DataParallel", LINEAR))
    other = holding("Block", w=wrapped("OptimizedModule", LINEAR))
    (finding,) = compared(net(a=equal, b=equal), net(a=equal, b=other)).findings
    assert finding.candidate is not None
    assert finding.reference is not None
    assert [(place.path, place.line) for place in (finding.candidate, finding.reference)] == [("b.w", 8), ("b.w", 8)]
