"""Counts against those worked out by hand, by torch's own counter, and by looking at every product."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from archdiff import parse
from archdiff.execute.bench import metrics
from archdiff.execute.bench.metrics import Subject
from archdiff.execute.bench.metrics._products import counted, density
from archdiff.execute.bench.metrics.activation_memory import peak
from archdiff.execute.building.build import build

NOTE = Path(__file__).parents[3] / "data" / "note.md"
NETWORKS = ("Mine", "Sparse", "SuperSparse", "Lucas's")
SIZE = (1, 32, 32)


def network(name: str) -> nn.Module:
    return build(parse.pick(f"{NOTE}#{name}", parse.read(str(NOTE)).networks)).module.eval()


def subject(module: nn.Module, *size: int, batch: int = 4) -> Subject:
    x = torch.randn(batch, *size, generator=torch.Generator().manual_seed(0))

    def step() -> object:
        with torch.inference_mode():
            return module(x)

    return Subject(module, x, step, batch)


def measured(name: str, of: Subject) -> float | None:
    return metrics.all_metrics()[name].measure(of)


class TestContract:
    def test_each_has_unit_direction_and_definition(self) -> None:
        for name, metric in metrics.all_metrics().items():
            assert metric.direction in ("lower", "higher", "neither")
            assert metric.unit == "" or metric.unit.isascii()
            assert metrics.definition(name).endswith("."), name

    def test_what_is_not_of_this_device_is_none(self) -> None:
        linear = subject(nn.Linear(3, 2), 3)
        assert measured("energy", linear) is None
        assert measured("allocator_memory", linear) is None
        assert measured("device_time", linear) is None
        assert measured("latency", linear) is None

    def test_throughput(self) -> None:
        of = subject(nn.Linear(3, 2), 3)
        of.seconds = 0.5
        assert (measured("latency", of), measured("throughput", of)) == (0.5, 8.0)


class TestParameters:
    def test_shared_ones_are_counted_once(self) -> None:
        linear = nn.Linear(4, 4)
        of = subject(nn.Sequential(linear, linear), 4)
        assert measured("parameters", of) == 20
        assert measured("checkpoint", of) == 80

    def test_of_the_note(self) -> None:
        of = subject(network("SuperSparse"), *SIZE)
        assert measured("parameters", of) == 2_523_640
        assert measured("nonzero_parameters", of) == 363_640


class TestMacs:
    @pytest.mark.parametrize(("name", "macs"), [("Sparse", 13_106_400), ("SuperSparse", 13_912_400)])
    def test_dense_of_the_note(self, name: str, macs: int) -> None:
        of = subject(network(name), *SIZE)
        assert measured("macs", of) == macs
        assert measured("flops", of) == 2 * macs

    @pytest.mark.parametrize(
        ("module", "size"),
        [
            (nn.Linear(7, 5), (7,)),
            (nn.Sequential(nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 3, bias=False)), (7,)),
            (nn.Linear(7, 5), (3, 7)),
            (nn.Conv1d(3, 8, 5), (3, 20)),
            (nn.Conv2d(3, 8, 3, padding=1, stride=2), (3, 9, 9)),
            (nn.Conv2d(4, 8, 3, groups=2), (4, 9, 9)),
            (nn.Conv2d(3, 8, 3, dilation=2, bias=False), (3, 9, 9)),
            (nn.Conv3d(2, 4, 3), (2, 5, 5, 5)),
            (nn.ConvTranspose2d(3, 8, 3, stride=2), (3, 6, 6)),
            (nn.Bilinear(4, 4, 3), (4,)),
            (nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (5, 8)),
            (
                nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 4)),
                (1, 8, 8),
            ),
            (nn.Sequential(nn.Unflatten(1, (4, 2)), nn.Linear(2, 3)), (8,)),
        ],
        ids=lambda each: type(each).__name__ if isinstance(each, nn.Module) else "",
    )
    def test_equal_those_of_torch(
        self, monkeypatch: pytest.MonkeyPatch, module: nn.Module, size: tuple[int, ...]
    ) -> None:
        if isinstance(module, nn.Bilinear):
            inner, module = module, nn.Identity()
            monkeypatch.setattr(module, "forward", lambda x: inner(x, x))
        of = subject(module.eval(), *size)
        math = torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)
        with torch.no_grad(), math, FlopCounterMode(display=False) as counter:
            module(of.inputs)
        assert measured("flops", of) == counter.get_total_flops() / of.batch

    def test_of_a_recurrent_network_are_seen(self) -> None:
        """Torch's own counter sees none on the CPU, where the whole layer is one operation of oneDNN."""
        lstm = nn.LSTM(3, 5, batch_first=True)
        assert measured("macs", subject(lstm, 7, 3)) == 7 * 4 * 5 * (3 + 5)

    @pytest.mark.parametrize("name", NETWORKS)
    def test_sparse_ones_are_near_the_exact_number_of_products(self, name: str) -> None:
        """Every product of two non-zero numbers is counted, by the same layers on indicators of non-zeros."""
        module = network(name)
        of = subject(module, *SIZE, batch=16)
        exact = {"macs_both_sparsities": 0.0, "macs_weight_sparsity": 0.0, "macs_activation_sparsity": 0.0}

        def count(layer: nn.Module, inputs: tuple[Tensor, ...], _output: Tensor) -> None:
            x, w = (inputs[0] != 0).double(), (layer.get_parameter("weight") != 0).double()
            run = functional.conv2d if w.dim() == 4 else functional.linear
            exact["macs_both_sparsities"] += float(run(x, w).sum()) / of.batch
            exact["macs_weight_sparsity"] += float(run(torch.ones_like(x), w).sum()) / of.batch
            exact["macs_activation_sparsity"] += float(run(x, torch.ones_like(w)).sum()) / of.batch

        weighted = [layer for layer in module.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
        hooks = [layer.register_forward_hook(count) for layer in weighted]
        with torch.no_grad():
            module(of.inputs)
        for hook in hooks:
            hook.remove()
        for metric, products in exact.items():
            assert measured(metric, of) == pytest.approx(products, rel=0.05), metric

    def test_a_product_of_two_activations_has_no_weights(self) -> None:
        class Attends(nn.Module):
            def forward(self, x: Tensor) -> Tensor:
                return x.relu() @ x.relu().transpose(1, 2)

        [found] = counted(Attends(), torch.randn(2, 3, 4))
        assert (found.macs, found.weights) == (2 * 3 * 4 * 3, 1.0)
        assert 0 < found.activations < 1

    def test_modes_are_left_as_they_were(self) -> None:
        module = nn.Sequential(nn.Linear(3, 3), nn.Dropout())
        module[1].eval()
        counted(module, torch.zeros(2, 3))
        assert [each.training for each in module.modules()] == [True, True, False]

    def test_density(self) -> None:
        assert density(torch.tensor([0.0, 1.0, -2.0, 0.0])) == 0.5
        assert density(torch.zeros(0)) == 0.0


class TestActivationMemory:
    @pytest.mark.parametrize(("batch", "size"), [(64, 25_690_112), (256, 102_760_448)])
    @pytest.mark.parametrize("name", ["Sparse", "SuperSparse"])
    def test_of_the_note_is_input_and_output_of_the_first_batch_norm(self, name: str, batch: int, size: int) -> None:
        assert size == 2 * batch * 64 * 28 * 28 * 4
        assert measured("activation_memory", subject(network(name), *SIZE, batch=batch)) == pytest.approx(
            size, rel=1e-3
        )

    def test_is_the_largest_sum_of_live_tensors(self) -> None:
        """Floats: 10 -> 40 -> 20 -> 30 a sample; while the second layer runs, 40 and 20 are alive."""
        layers = nn.Sequential(nn.Linear(10, 40), nn.Linear(40, 20), nn.Linear(20, 30))
        assert measured("activation_memory", subject(layers, 10, batch=8)) == 8 * (40 + 20) * 4

    def test_repeats_exactly(self) -> None:
        of = subject(network("Mine"), *SIZE)
        assert len({measured("activation_memory", of) for _ in range(3)}) == 1

    @pytest.mark.parametrize(
        ("call", "size"),
        [
            (lambda x: x.view(-1), 0),
            (lambda x: x.add_(1), 0),
            (lambda x: x + 1, 4000),
            (lambda x: (x + 1).view(10, 100), 4000),
            (lambda x: (x + 1) * 2, 8000),
            (lambda x: (x + 1).mul_(2), 4000),
        ],
    )
    def test_views_and_what_is_done_in_place_take_nothing(self, call: Callable[..., object], size: int) -> None:
        x = torch.zeros(1000)
        assert peak(lambda: call(x)) == size

    def test_of_training_holds_what_backward_needs(self) -> None:
        layers = nn.Sequential(nn.Linear(10, 40), nn.ReLU(), nn.Linear(40, 20))
        x = torch.randn(8, 10)

        def step() -> None:
            layers.zero_grad()
            layers(x).sum().backward()

        assert peak(step) > peak(lambda: torch.no_grad()(layers)(x))
