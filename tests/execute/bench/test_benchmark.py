"""Printed networks through the loop on this CPU: what is in the record, never how long something took."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from archdiff import api, infer, parse
from archdiff.execute.bench import benchmark, environment, history, training
from archdiff.execute.bench.instances import NetworkPair
from archdiff.execute.bench.record import ARMS, SCHEMA, Benched, BenchSettings
from archdiff.execute.bench.rounds import Plan
from archdiff.execute.bench.stats import Speed, StoppingRule
from archdiff.execute.devices import device as devices
from archdiff.model.errors import UsageError
from archdiff.model.network import Layer, Network, Recipe, Setting
from archdiff.report import View, _bench, _json
from archdiff.semantics import rules
from injections import WORDS, acts
from known import known

NOTE = Path(__file__).parents[2] / "data" / "note.md"
SMALL = """
Sequential(
  (0): Linear(in_features=8, out_features=16, bias=True)
  (1): BatchNorm1d(16, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
  (2): ReLU()
  (3): Linear(in_features=16, out_features=4, bias=True)
)
"""
WIDE = SMALL.replace("16", "32")
ROUGH = StoppingRule(precision=100.0)  # ten rounds do
HASTY = Plan(block=0.0002, round=0.001, sample=0.00002)


def pair(mine: str = SMALL, other: str = WIDE, shape: tuple[int, ...] | None = None) -> NetworkPair:
    ours, theirs = (parse.parse(text, f"{name}.txt")[0] for name, text in (("mine", mine), ("other", other)))
    return paired(ours, theirs, shape)


def paired(candidate: Network, reference: Network, shape: tuple[int, ...] | None = None) -> NetworkPair:
    ours, theirs = infer.infer(rules.normalized((candidate, reference)), shape)
    return NetworkPair(ours, theirs, api.compare_networks(candidate, reference, shape))


def run(networks: NetworkPair | None = None, **settings: Any) -> Benched:
    return benchmark.run(networks or pair(), BenchSettings(**{"rule": ROUGH, **settings}), pace=HASTY)


@pytest.fixture(scope="module")
def benched() -> Benched:
    return run(layers=True, batches=(2, 4))


class TestRun:
    def test_ten_rounds_at_each_batch_size(self, benched: Benched) -> None:
        assert [(point.batch, len(point.rounds), point.stopped) for point in benched.points] == [
            (2, 10, "precision"),
            (4, 10, "precision"),
        ]
        assert benched.errors == ()

    def test_both_clocks_and_raw_samples(self, benched: Benched) -> None:
        [point, _] = benched.points
        assert [timing.clock for timing in point.timings] == ["cpu", "wall"]
        for clock in ("cpu", "wall"):
            assert point.calls >= sum(len(block) for each in point.rounds for block in each.samples[ARMS[0]][clock])

    def test_layers_stand_in_pairs_and_explain_all_of_the_difference(self, benched: Benched) -> None:
        layers = benched.points[0].layers
        assert [(each.candidate, each.reference) for each in layers] == [
            *((str(i), str(i)) for i in range(4)),
            ("", ""),
        ]
        assert sum(known(each.share) for each in layers) == pytest.approx(1)

    def test_metrics_of_both(self, benched: Benched) -> None:
        values = {value.name: (value.candidate, value.reference) for value in benched.points[0].values}
        assert values["macs"] == (8 * 16 + 16 * 4, 8 * 32 + 32 * 4)
        assert values["parameters"] == (244, 8 * 32 + 32 + 64 + 32 * 4 + 4)
        assert "energy" not in values

    def test_that_zeros_gain_nothing_is_said(self, benched: Benched) -> None:
        assert any(note.startswith("dense kernels gain nothing from zeros") for note in benched.notes)

    def test_environment(self, benched: Benched) -> None:
        seen = benched.environment
        assert seen["torch"] == torch.__version__
        assert seen["threads"] == 1
        assert {"cpu", "cores", "usable cores", "governor", "container", "blas", "before", "after"} <= seen.keys()

    def test_threads_are_set_back(self) -> None:
        before = torch.get_num_threads()
        run(threads=2)
        assert torch.get_num_threads() == before

    def test_half_precision_and_channels_last(self) -> None:
        text = "Sequential(\n  (0): Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1))\n  (1): ReLU()\n)\n"
        found = run(pair(text, text, (3, 8, 8)), dtype="bfloat16", channels_last=True)
        assert found.errors == ()
        assert found.points[0].rounds

    def test_indices_where_the_first_layer_looks_them_up(self) -> None:
        text = "Sequential(\n  (0): Embedding(50, 8)\n  (1): Linear(in_features=8, out_features=4, bias=True)\n)\n"
        assert run(pair(text, text, (6,))).errors == ()


class TestTraining:
    def test_a_step_of_each_with_the_optimizer_as_printed(self) -> None:
        optimizer = "SGD (\nParameter Group 0\n    lr: 0.1\n    momentum: 0.9\n    weight_decay: 0\n)\n"
        found = run(pair(optimizer + SMALL), mode="train", batches=(4,))
        assert found.errors == ()
        assert "the reference: no optimizer printed: SGD(lr=0.01) taken" in found.notes
        assert not any("the candidate" in note for note in found.notes)

    def test_what_no_batch_norm_can_train_on(self) -> None:
        found = run(mode="train", batches=(1, 4))
        assert len(found.errors) == 2
        assert "cannot run at batch 1: ValueError: Expected more than 1 value per channel" in found.errors[0]
        assert found.points[1].rounds, "the other batch size is measured all the same"

    @pytest.mark.parametrize(
        ("name", "settings", "made", "assumed"),
        [
            ("SGD", {"lr": 0.5, "momentum": 0.9, "initial_lr": 1.0}, torch.optim.SGD, ""),
            ("Adam", {"lr": 0.5, "betas": (0.8, 0.9), "foreach": None}, torch.optim.Adam, ""),
            ("LBFGS", {"lr": 1}, torch.optim.SGD, "LBFGS is not run here: SGD(lr=0.01) taken"),
            ("Lion", {"lr": 1}, torch.optim.SGD, "Lion is not run here: SGD(lr=0.01) taken"),
            ("SGD", {"lr": -1.0}, torch.optim.SGD, "SGD as printed is refused (Invalid learning rate: -1.0)"),
        ],
    )
    def test_optimizers(
        self,
        name: str,
        settings: dict[str, float | tuple[float, ...] | None],
        made: type[torch.optim.Optimizer],
        assumed: str,
    ) -> None:
        group = Layer("Parameter Group 0", "", tuple(Setting(key, value) for key, value in settings.items()))
        recipe = Recipe((Layer("", name, (), (group,)),))
        found, said = training.optimizer(nn.Linear(2, 2), recipe)
        assert type(found) is made
        assert said.startswith(assumed) if assumed else said == ""
        if not assumed:
            assert found.param_groups[0]["lr"] == 0.5

    def test_weights_stay_zero_and_the_loss_falls(self) -> None:
        from archdiff.nn import SparseWeights

        torch.manual_seed(0)
        sparse = SparseWeights(nn.Linear(8, 4), sparsity=0.5)
        stepper = torch.optim.SGD(sparse.parameters(), lr=0.1)
        step = training.step(sparse, stepper, torch.randn(16, 8), seed=0, forward=sparse)
        first = float(step())
        last = [float(step()) for _ in range(30)][-1]
        assert last < first
        assert int((sparse.get_parameter("module.weight") == 0).sum()) == 16


class TestRefused:
    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            ({"device": "tpu"}, "--device tpu: no such device"),
            ({"device": "cuda:99"}, "--device cuda:99: this machine has none"),
            ({"dtype": "int8"}, "--dtype int8: no such type"),
            ({"clock": "device"}, "--clock device: not on cpu"),
            ({"cuda_graphs": True}, "--cuda-graphs: only on a CUDA device"),
            ({"layers": True, "compile": True}, "--layers and --compile"),
        ],
    )
    def test_before_anything_is_built(self, settings: dict[str, Any], said: str) -> None:
        with pytest.raises(UsageError, match=said):
            run(**settings)

    def test_an_unknown_input_size(self) -> None:
        text = "Sequential(\n  (0): ReLU()\n)\n"
        with pytest.raises(UsageError, match="the input size is not known"):
            run(pair(text, text))


class TestRecord:
    def test_is_json_with_every_field(self, benched: Benched) -> None:
        record = json.loads(_json.write(benched.to_dict()))
        assert record["schema"] == "archdiff/bench/1"
        assert record["points"][0]["verdict"]["text"] == known(benched.points[0].timing).verdict.text
        assert record["points"][1]["growth"]["candidate"] > 0
        assert len(record["points"][0]["rounds"][0]["samples"]["copy"]["cpu"]) > 1

    def test_against_itself(self, benched: Benched, tmp_path: Path) -> None:
        file = tmp_path / "old.json"
        file.write_text(_json.write(benched.to_dict()))
        found = history.compared_with(benched, history.read(str(file)), str(file))
        assert found.differs == ()
        assert all("no measurable change" in line for line in found.lines)

    def test_against_another_machine(self, benched: Benched) -> None:
        old = json.loads(_json.write(benched.to_dict()))
        old["environment"]["cpu"] = "another"
        old["settings"]["threads"] = 4
        found = history.compared_with(benched, old, "old.json")
        assert found.lines == ()
        assert [line.partition(":")[0] for line in found.differs] == ["CPU", "threads"]

    @pytest.mark.parametrize(
        ("text", "said"),
        [("{", "is not JSON"), ("[]", "is not a record"), ('{"schema": "archdiff/compare/1"}', "is not a record")],
    )
    def test_a_file_that_is_none(self, text: str, said: str, tmp_path: Path) -> None:
        file = tmp_path / "old.json"
        file.write_text(text)
        with pytest.raises(UsageError, match=said):
            history.read(str(file))

    def test_cut_off(self, benched: Benched) -> None:
        with pytest.raises(UsageError, match="cut off"):
            history.compared_with(benched, {"schema": SCHEMA}, "old.json")

    def test_terminal(self, benched: Benched) -> None:
        text = _bench.text(benched, View(all=True))
        for point in benched.points:
            assert " ".join(f"batch {point.batch}: {known(point.timing).verdict.text}".split()) in " ".join(
                text.split()
            )
        for said in ("macs a sample", "(between layers)", "batch sizes", "1 thread", "by CPU time", "by wall time"):
            assert said in text

    def test_no_name_acts_where_it_is_shown(self, benched: Benched) -> None:
        for word in WORDS:
            candidate, reference = (
                replace(side, name=word, class_name=word) for side in (benched.candidate, benched.reference)
            )
            points = [
                replace(
                    point,
                    layers=tuple(replace(each, candidate=word, class_name=word) for each in point.layers),
                    errors={"candidate": word},
                )
                for point in benched.points
            ]
            named = replace(benched, candidate=candidate, reference=reference, points=tuple(points), notes=(word,))
            assert acts(_bench.text(named, View(all=True))) == [], word
            text = _json.write(named.to_dict())
            assert acts(text) == [], word
            assert json.loads(text)["notes"] == [word]


class TestDevice:
    def test_the_clock_of_several_threads_is_the_wall(self) -> None:
        assert devices.find_device("cpu", 1).clocks[0] == "cpu"
        assert devices.find_device("cpu", 2).clocks[0] == "wall"

    def test_a_coarse_cpu_clock_decides_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Under a profiler, and where the system counts in ticks, the time of a process moves in steps."""
        calls = count()
        monkeypatch.setattr("time.process_time", lambda: next(calls) // 50 * 0.004)
        found = devices.find_device("cpu", 1)
        assert found.clocks == ("wall", "cpu")
        assert found.why == "wall time: CPU time moves in steps of 4 ms here, as it does under a profiler"
        assert found.settle(lambda: None) > 0

    def test_a_clock_that_stands_still(self) -> None:
        assert devices.clock_step(lambda: 5.0, longest=0.01) == 0.01

    def test_what_is_read_of_the_machine(self) -> None:
        found = environment.environment(torch.device("cpu"))
        assert found["cpu"]
        assert "LAPACK" not in str(found["blas"])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
class TestCuda:
    def test_a_network_against_itself_claims_nothing(self) -> None:
        found = run(pair(SMALL, SMALL), device="cuda", batches=(64,), rule=StoppingRule())
        assert known(found.points[0].timing).clock == "device"
        assert known(found.points[0].timing).verdict.answer in (Speed.SAME, Speed.UNKNOWN)

    @pytest.mark.parametrize(
        "settings",
        [
            {"cuda_graphs": True},
            {"mode": "train"},
            {"layers": True},
            {"compile": True},
            {"compile": True, "mode": "train"},
            {"channels_last": True},
            {"dtype": "float16"},
            {"dtype": "bfloat16", "mode": "train"},
            {"dtype": "float64", "cuda_graphs": True},
        ],
        ids=str,
    )
    @pytest.mark.filterwarnings("default")  # of torch's compiler, about itself
    def test_modes(self, settings: dict[str, Any]) -> None:
        assert run(device="cuda", batches=(64,), **settings).errors == ()

    def test_layers_are_timed_without_the_host(self) -> None:
        """A ReLU of a few numbers is launched in longer than it takes."""
        text = "Sequential(\n" + "".join(f"  ({i}): ReLU()\n" for i in range(40)) + ")\n"
        found = run(pair(text, text, (8,)), device="cuda", layers=True, batches=(1,))
        [point] = found.points
        layers = [known(each.candidate_seconds) for each in point.layers if each.candidate]
        assert len(layers) == 40
        assert sum(layers) < 0.8 * known(point.timing).medians[ARMS[0]]

    def test_metrics_of_the_device(self) -> None:
        values = {value.name: value for value in run(device="cuda", batches=(64,)).points[0].values}
        assert known(values["allocator_memory"].candidate) > 64 * (16 + 16 + 4) * 4 / 2
        assert known(values["energy"].reference) > 0

    def test_a_device_that_waits_for_its_host(self) -> None:
        """k-winners of one sample are launched in longer than they take."""
        mine, sparse = (parse.pick(f"{NOTE}#{name}", parse.read(str(NOTE)).networks) for name in ("Mine", "Sparse"))
        found = run(paired(mine, sparse), device="cuda", batches=(1,))
        values = {value.name: value for value in found.points[0].values}
        assert 0 < known(values["device_time"].candidate) < 0.8 * known(values["latency"].candidate)

    def test_the_environment_names_the_device(self) -> None:
        seen: Mapping[str, Any] = run(device="cuda", batches=(64,)).environment
        assert seen["gpu"] == torch.cuda.get_device_name()
        assert seen["driver"]
        assert seen["before"]["device"]["power"] > 0
