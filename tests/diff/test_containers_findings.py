# ruff: noqa: E501  (tables: a case a line)
"""Another container, one more, or a layer that works in place in one: every finding, in words."""

from __future__ import annotations

from answers import Case, findings_test, holding

LINEAR = "Linear(in_features=8, out_features=8, bias=True)"
CONV = "Conv2d(8, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))"
BN = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"


def net(**children: str) -> str:
    return holding("Net", **children)


def inside(child: str) -> str:
    return net(stem=CONV, body=child, head=CONV)


def block(class_name: str, settings: str = "") -> str:
    return holding(class_name, a=LINEAR, b=LINEAR, settings=settings)


def chain(class_name: str, settings: str = "") -> str:
    return holding(class_name, conv=CONV, bn=BN, act="ReLU()", settings=settings)


def in_place(*children: str, around: str = "Block", flag: bool = True) -> str:
    last = f"ReLU(inplace={flag})"
    return net(stem=CONV, x=holding(around, *children, last, CONV))


#: id, candidate, reference, input shape, every finding
CASES: list[Case] = [
    # an activation written by hand
    ("own-activation", holding("Sequential", CONV, holding("Swish", sigmoid="Sigmoid()")), holding("Sequential", CONV, "SiLU()"), None,
     ['AD108 unknown 1|-: only in the candidate, around layers that both have: Swish (1 layer): Swish may do more than run the layers that it prints [import inspect; print(inspect.getsource(type(model.get_submodule("1")).forward))]',
      "AD105 unknown 1.sigmoid|1: Sigmoid, not SiLU: no print shows what Swish computes",
      "AD107 cosmetic 1.sigmoid|1: names or nesting differ, so checkpoint keys change: 1.sigmoid is 1"]),
    ("own-activation-of-two", holding("Sequential", CONV, "Mish()"), holding("Sequential", CONV, holding("MishOfTwo", sp="Softplus(beta=1, threshold=20)", th="Tanh()")), None,
     ['AD108 unknown -|1: only in the reference, around layers that both have: MishOfTwo (2 layers): MishOfTwo may do more than run the layers that it prints [import inspect; print(inspect.getsource(type(model.get_submodule("1")).forward))]',
      "AD105 unknown 1|1.sp: Mish, not Softplus: no print shows what MishOfTwo computes",
      "AD103 unknown -|1.th: only in the reference: Tanh: no print shows what MishOfTwo computes",
      "AD107 cosmetic 1|1.sp: names or nesting differ, so checkpoint keys change: 1 is 1.sp"]),
    ("own-layers-with-weights", holding("Sequential", CONV, holding("Tail", conv=CONV, act="Sigmoid()")), holding("Sequential", CONV, CONV, "SiLU()"), None,
     ['AD105 function 1.act|2: Sigmoid, not SiLU',
      'AD108 cosmetic 1|-: only in the candidate, around layers that both have: Tail (2 layers): if Tail runs its children in printed order',
      'AD107 cosmetic 1.conv|1: names or nesting differ, so checkpoint keys change: 1.conv is 1, 1.act is 2 x2']),
    # another class around equal children
    ("blocks", inside(block("A")), inside(block("B")), None,
     ['AD108 unknown body|body: A around these layers, not B: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model.get_submodule("body")).forward))]']),
    ("roots", block("A"), block("B"), None,
     ["AD108 cosmetic .|.: A around these layers, not B: if A combines its layers as B does"]),
    ("roots-of-which-one-combines", block("A"), block("ResidualB"), None,
     ["AD108 unknown .|.: A around these layers, not ResidualB: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("roots-of-which-one-crosses", holding("A", a=LINEAR), holding("CrossB", a=LINEAR), None,
     ["AD108 unknown .|.: A around these layers, not CrossB: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("below-a-root-that-holds-no-more", holding("Lit", model=block("A")), holding("Lit", model=block("B")), None,
     ["AD108 cosmetic model|model: A around these layers, not B: if A combines its layers as B does"]),
    ("below-a-root-with-settings", holding("Lit", model=block("A"), settings="lr=1"),
     holding("Lit", model=block("B"), settings="lr=1"), None,
     ['AD108 unknown model|model: A around these layers, not B: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model.get_submodule("model")).forward))]']),
    ("chains", inside(chain("A")), inside(chain("B")), None,
     ["AD108 cosmetic body|body: A around these layers, not B: if A combines its layers as B does"]),
    ("chains-with-settings", inside(chain("A", "scale=2")), inside(chain("B", "scale=2")), None,
     ['AD105 unknown body|body: A, not B: no print shows what either computes [import inspect; print(inspect.getsource(type(model.get_submodule("body"))))]']),
    ("chain-and-sequential", inside(chain("A")), inside(chain("Sequential")), None,
     ["AD108 cosmetic body|body: A around these layers, not Sequential: if A runs its children in printed order"]),
    ("chain-and-list", inside(chain("A")), inside(chain("ModuleList")), None,
     ['AD108 unknown body|body: A around these layers, not ModuleList: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model.get_submodule("body")).forward))]']),
    ("chain-that-combines", inside(chain("SkipA")), inside(chain("B")), None,
     ['AD108 unknown body|body: SkipA around these layers, not B: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model.get_submodule("body")).forward))]']),
    ("block-and-sequential", inside(block("A")), inside(block("Sequential")), None,
     ['AD108 unknown body|body: A around these layers, not Sequential: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model.get_submodule("body")).forward))]']),
    ("root-and-sequential", block("A"), block("Sequential"), None,
     ["AD108 unknown .|.: A around these layers, not Sequential: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("root-and-sequential-of-other-shapes", holding("A", a=CONV, b=LINEAR),
     holding("Sequential", a=CONV, b=LINEAR), None,
     ["AD108 unknown .|.: A around these layers, not Sequential: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("sequential-and-list", inside(block("Sequential")), inside(block("ModuleList")), None,
     ["AD108 unknown body|body: Sequential around these layers, not ModuleList: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("sequential-and-list-of-a-block", inside(holding("Sequential", block("A"), block("A"))),
     inside(holding("ModuleList", block("A"), block("A"))), None,
     ["AD108 cosmetic body|body: Sequential around these layers, not ModuleList: if the blocks of Sequential run in order, as those of ModuleList do"]),
    ("sequential-and-list-of-two-blocks", inside(holding("Sequential", block("A"), block("B"))),
     inside(holding("ModuleList", block("A"), block("B"))), None,
     ["AD108 unknown body|body: Sequential around these layers, not ModuleList: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("sequential-and-list-beside-a-router", net(router=LINEAR, h=holding("Sequential", block("A"), block("A"))),
     net(router=LINEAR, h=holding("ModuleList", block("A"), block("A"))), None,
     ["AD108 unknown h|h: Sequential around these layers, not ModuleList: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model).forward))]",
      "AD701 unknown .|.: neither print shows how many experts Net runs for each input [...]"]),
    ("sequential-and-list-of-experts", net(experts=holding("Sequential", block("A"), block("A"))),
     net(experts=holding("ModuleList", block("A"), block("A"))), None,
     ["AD108 unknown experts|experts: Sequential around these layers, not ModuleList: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("list-and-dict", net(h=holding("ModuleList", a=LINEAR)), net(h=holding("ModuleDict", a=LINEAR)), None,
     ["AD108 unknown h|h: ModuleList around these layers, not ModuleDict: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model).forward))]"]),
    ("nothing-in-both", net(a=LINEAR, b="Sequential()"), net(a=LINEAR, b="ModuleList()"), None,
     ["AD108 cosmetic b|b: Sequential around these layers, not ModuleList: both run their children in order"]),
    ("nothing-in-one", net(a=LINEAR, b="A()"), net(a=LINEAR, b=block("A")), None,
     ["AD108 unknown b|b: the candidate prints A() without the layers in it [print(model)]"]),
    ("nothing-in-the-other", net(a=LINEAR, b=block("A")), net(a=LINEAR, b="A()"), None,
     ["AD108 unknown b|b: the reference prints A() without the layers in it [print(model)]"]),
    ("nothing-under-another-name", net(a=LINEAR, b="Sequential()"), net(a=LINEAR, c="Sequential()"), None,
     ["AD107 cosmetic b|c: names or nesting differ, so checkpoint keys change: b is c"]),
    ("nothing-under-another-number", holding("Net", LINEAR, "ModuleList()", "Tanh()"),
     holding("Net", LINEAR, "ModuleList()", "Tanh()"), None,
     []),
    ("wrappers", inside(holding("DataParallel", module=block("A"))),
     inside(holding("DistributedDataParallel", module=block("A"))), None,
     ["AD302 cosmetic body|body: printed differently, which changes no layer: (body): DataParallel(), not (body): DistributedDataParallel()"]),
    ("settings-of-both", inside(block("A", "scale=2")), inside(block("A", "scale=3")), None,
     ["AD301 function body|body: scale 2, not 3"]),
    # a container that only one side has
    ("extra-block", net(stem=CONV, x=holding("Extra", a=LINEAR, b=LINEAR)), net(stem=CONV, a=LINEAR, b=LINEAR), None,
     ['AD108 unknown x|-: only in the candidate, around layers that both have: Extra (2 layers): Extra may do more than run the layers that it prints [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]',
      "AD107 cosmetic x.a|a: names or nesting differ, so checkpoint keys change: x.a is a, x.b is b: if Net calls x where the reference calls b x2"]),
    ("extra-block-in-the-reference", net(stem=CONV, a=LINEAR, b=LINEAR),
     net(stem=CONV, x=holding("Extra", a=LINEAR, b=LINEAR)), None,
     ['AD108 unknown -|x: only in the reference, around layers that both have: Extra (2 layers): Extra may do more than run the layers that it prints [import inspect; print(inspect.getsource(type(model.get_submodule("x")).forward))]',
      "AD107 cosmetic a|x.a: names or nesting differ, so checkpoint keys change: a is x.a, b is x.b: if Net calls a where the reference calls x x2"]),
    ("extra-chain", net(stem=CONV, x=chain("Extra")), net(stem=CONV, conv=CONV, bn=BN, act="ReLU()"), None,
     ["AD108 cosmetic x|-: only in the candidate, around layers that both have: Extra (3 layers): if Extra runs its children in printed order",
      "AD107 cosmetic x.conv|conv: names or nesting differ, so checkpoint keys change: x.conv is conv, x.bn is bn, x.act is act: if Net calls x where the reference calls act x3"]),
    ("extra-list", net(stem=CONV, x=holding("ModuleList", LINEAR, LINEAR)), net(stem=CONV, a=LINEAR, b=LINEAR), None,
     ["AD108 cosmetic x|-: only in the candidate, around layers that both have: ModuleList (2 layers): if Net runs its children in printed order",
      "AD107 cosmetic x.0|a: names or nesting differ, so checkpoint keys change: x.0 is a, x.1 is b: if Net calls x where the reference calls b x2"]),
    ("extra-sequential", net(stem=CONV, x=holding("Sequential", LINEAR, LINEAR)),
     net(stem=CONV, a=LINEAR, b=LINEAR), None,
     ["AD108 cosmetic x|-: only in the candidate, around layers that both have: Sequential (2 layers): if Net runs its children in printed order",
      "AD107 cosmetic x.0|a: names or nesting differ, so checkpoint keys change: x.0 is a, x.1 is b: if Net calls x where the reference calls b x2"]),
    ("extra-sequential-in-a-block", inside(holding("A", x=holding("Sequential", LINEAR, "ReLU()"), c=LINEAR)),
     inside(holding("A", a=LINEAR, b="ReLU()", c=LINEAR)), None,
     ['AD108 unknown body.x|-: only in the candidate, around layers that both have: Sequential (2 layers): A may do more than run the layers that it prints [import inspect; print(inspect.getsource(type(model.get_submodule("body")).forward))]',
      "AD107 cosmetic body.x.0|body.a: names or nesting differ, so checkpoint keys change: body.x.0 is body.a, body.x.1 is body.b: if A calls x where the reference calls b x2"]),
    ("extra-sequential-in-another-block", inside(holding("A", x=holding("Sequential", LINEAR, "ReLU()"), c=LINEAR)),
     inside(holding("B", a=LINEAR, b="ReLU()", c=LINEAR)), None,
     ['AD108 unknown body|body: A around these layers, not B: no print shows how their forward methods combine the layers [import inspect; print(inspect.getsource(type(model.get_submodule("body")).forward))]',
      "AD107 cosmetic body.x.0|body.a: names or nesting differ, so checkpoint keys change: body.x.0 is body.a, body.x.1 is body.b: if B calls x where the reference calls b x2"]),
    ("extra-sequential-in-order", holding("Sequential", holding("Sequential", LINEAR, LINEAR), CONV),
     holding("Sequential", LINEAR, LINEAR, CONV), None,
     ["AD107 cosmetic 0.0|0: names or nesting differ, so checkpoint keys change: 0.0 is 0, 0.1 is 1 x2"]),
    ("extra-around-all", holding("Lit", model=block("A")), block("A"), None,
     ["AD108 cosmetic .|-: only in the candidate, around layers that both have: Lit (2 layers): if Lit runs its children in printed order",
      "AD107 cosmetic model.a|a: names or nesting differ, so checkpoint keys change: model.a is a, model.b is b: if A calls model where the reference calls b x2"]),
    ("extra-around-all-with-a-loss", holding("Lit", model=block("A"), loss="MSELoss()"), block("A"), None,
     ["AD104 training loss|-: only in the candidate: MSELoss: used in training, not part of the forward pass",
      "AD108 cosmetic .|-: only in the candidate, around layers that both have: Lit (3 layers): if Lit runs its children in printed order",
      "AD107 cosmetic model.a|a: names or nesting differ, so checkpoint keys change: model.a is a, model.b is b: if A calls model where the reference calls b x2"]),
    ("extra-around-all-with-a-head", holding("Lit", model=block("A"), head=LINEAR), block("A"), None,
     ["AD104 function head|-: only in the candidate: Linear",
      "AD108 cosmetic .|-: only in the candidate, around layers that both have: Lit (3 layers): if Lit runs its children in printed order",
      "AD107 cosmetic model.a|a: names or nesting differ, so checkpoint keys change: model.a is a, model.b is b: if A calls model where the reference calls b x2"]),
    ("moved-to-another-list", net(a=holding("ModuleList", LINEAR, CONV), b=holding("ModuleList", BN)),
     net(a=holding("ModuleList", LINEAR), b=holding("ModuleList", CONV, BN)), None,
     ["AD108 cosmetic a.1|b.0: the same layers in another container: if Net runs its children in printed order",
      "AD107 cosmetic a.1|b.0: names or nesting differ, so checkpoint keys change: a.1 is b.0: if Net runs its children in printed order"]),
    ("moved-to-another-block", net(a=holding("A", p=LINEAR, q=CONV), b=holding("B", r=BN)),
     net(a=holding("A", p=LINEAR), b=holding("B", q=CONV, r=BN)), None,
     ['AD108 unknown a.q|b.q: the same layers in another container: A may do more than run the layers that it prints [import inspect; print(inspect.getsource(type(model.get_submodule("a")).forward))]',
      "AD107 cosmetic a.q|b.q: names or nesting differ, so checkpoint keys change: a.q is b.q: if Net runs its children in printed order"]),
    # in place
    ("first-of-a-block", in_place(), in_place(flag=False), None,
     ["AD301 unknown x.0|x.0: inplace True, not False: a shortcut around it would read the overwritten values"]),
    ("second-of-a-block", in_place(BN), in_place(BN, flag=False), None,
     ["AD302 cosmetic x.1|x.1: inplace True, not False: if nothing else uses the tensor that a layer overwrites in place"]),
    ("behind-a-dropout-of-a-block", in_place("Dropout(p=0.5)"), in_place("Dropout(p=0.5)", flag=False), None,
     ["AD301 unknown x.1|x.1: inplace True, not False: a shortcut around it would read the overwritten values"]),
    ("behind-an-identity-of-a-block", in_place("Identity()"), in_place("Identity()", flag=False), None,
     ["AD301 unknown x.1|x.1: inplace True, not False: a shortcut around it would read the overwritten values"]),
    ("first-of-a-sequential", in_place(around="Sequential"), in_place(around="Sequential", flag=False), None,
     ["AD301 unknown x.0|x.0: inplace True, not False: a shortcut around it would read the overwritten values"]),
    ("second-of-a-sequential", in_place(BN, around="Sequential"), in_place(BN, around="Sequential", flag=False), None,
     ["AD302 cosmetic x.1|x.1: inplace True, not False"]),
    ("first-of-a-list", in_place(around="ModuleList"), in_place(around="ModuleList", flag=False), None,
     ["AD301 unknown x.0|x.0: inplace True, not False: a shortcut around it would read the overwritten values"]),
    ("second-of-a-list", in_place(BN, around="ModuleList"), in_place(BN, around="ModuleList", flag=False), None,
     ["AD301 unknown x.1|x.1: inplace True, not False: a shortcut around it would read the overwritten values"]),
    ("first-of-all-in-order", holding("Sequential", "ReLU(inplace=True)", CONV),
     holding("Sequential", "ReLU()", CONV), None,
     ["AD302 cosmetic 0|0: inplace True, not False"]),
    ("of-a-chain", inside(holding("ConvBlock", conv=CONV, bn=BN, act="ReLU(inplace=True)")),
     inside(chain("ConvBlock")), None,
     ["AD302 cosmetic body.act|body.act: inplace True, not False: if nothing else uses the tensor that a layer overwrites in place"]),
    ("first-of-a-sequential-first-of-a-block", inside(holding("A", x=holding("Sequential", "ReLU(inplace=True)", CONV), y=CONV)),
     inside(holding("A", x=holding("Sequential", "ReLU()", CONV), y=CONV)), None,
     ["AD301 unknown body.x.0|body.x.0: inplace True, not False: a shortcut around it would read the overwritten values"]),
    ("first-of-a-sequential-second-of-a-block", inside(holding("A", y=CONV, x=holding("Sequential", "ReLU(inplace=True)", CONV))),
     inside(holding("A", y=CONV, x=holding("Sequential", "ReLU()", CONV))), None,
     ["AD301 unknown body.x.0|body.x.0: inplace True, not False: a shortcut around it would read the overwritten values"]),
]  # fmt: skip


test_findings = findings_test(CASES)
