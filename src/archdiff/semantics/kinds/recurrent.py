"""Recurrent layers: RNN, LSTM, GRU and their cells. Shapes are those of the output sequence, (steps, features).

The final state that torch also returns has no place here. `nonlinearity` of an RNN is never printed. Formulas:
torch.nn.LSTM, sections "Outputs" and "Variables".
"""

from __future__ import annotations

from collections.abc import Iterator

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN
from archdiff.semantics.kinds import Field, Kind, Misfit, Settings, Shape, StateTensor, not_printed
from archdiff.semantics.kinds._field import DROP_OR_KEEP

_SIZES = (Field("input_size", aspect="input"), Field("hidden_size", aspect="width"))
_BIAS = Field("bias", True, remark="torch keeps two of them, for the input and for the state")


def _directions(settings: Settings) -> int:
    return 2 if settings["bidirectional"] else 1


def _out(settings: Settings) -> int:
    """What one direction of one layer gives on: the state, or its projection."""
    return settings.int("proj_size") or settings.int("hidden_size")


#: how many matrices of (hidden_size, inputs) are kept as one: torch.nn.RNN, LSTM and GRU, section "Variables"
_GATES = {"rnn": 1, "lstm": 4, "gru": 3}


def _rows(settings: Settings) -> int:
    """The rows of each weight, which are those of all gates."""
    return _GATES[settings.kind.name.removesuffix("_cell")] * settings.int("hidden_size")


def _weights(settings: Settings) -> int:
    """Numbers in all matrices: from the input, from the state before, and of the projection."""
    rows, out, directions = _rows(settings), _out(settings), _directions(settings)
    projection = settings.int("hidden_size") * out if settings.int("proj_size") else 0

    def layer(inputs: int) -> int:
        return directions * (rows * (inputs + out) + projection)

    return layer(settings.int("input_size")) + (settings.int("num_layers") - 1) * layer(directions * out)


def _parameters(settings: Settings) -> int:
    """Worked out and not counted in `_state`, of which a text may ask for any number of layers."""
    biases = 2 * _rows(settings) * _directions(settings) * settings.int("num_layers")
    return _weights(settings) + (biases if settings["bias"] else 0)


def _sequence(settings: Settings, x: Shape) -> Shape:
    _check_input(settings, x, 2)
    return (x[0], _directions(settings) * _out(settings))


def _check_input(settings: Settings, x: Shape, rank: int) -> None:
    size = settings.int("input_size")
    if len(x) != rank or x[-1] != size:
        raise Misfit("input_size", size, x[-1] if len(x) == rank else x)


def _state(settings: Settings) -> Iterator[StateTensor]:
    """`weight_ih_l0`, `weight_hh_l0`, ..., each layer forwards and backwards."""
    rows, out, directions = _rows(settings), _out(settings), _directions(settings)
    for layer in range(settings.int("num_layers")):
        inputs = directions * out if layer else settings.int("input_size")
        for end in (f"_l{layer}", f"_l{layer}_reverse")[:directions]:
            yield from _tensors(settings, rows, inputs, out, end)
            if settings.int("proj_size"):
                yield StateTensor(f"weight_hr{end}", (out, settings.int("hidden_size")))


def _tensors(settings: Settings, rows: int, inputs: int, out: int, end: str = "") -> Iterator[StateTensor]:
    """What one direction of one layer keeps: weights of the input and of the state before, and a bias for each."""
    yield StateTensor(f"weight_ih{end}", (rows, inputs))
    yield StateTensor(f"weight_hh{end}", (rows, out))
    if settings["bias"]:
        yield StateTensor(f"bias_ih{end}", (rows,))
        yield StateTensor(f"bias_hh{end}", (rows,))


def _one_layer(settings: Settings) -> str:
    return "it drops between layers, and there is one" if settings.known("num_layers") == 1 else ""


def _layers(name: str, class_name: str, *more: Field) -> Kind:
    return Kind(
        name=name,
        classes={class_name: {}},
        positional=("input_size", "hidden_size"),
        fields=(
            *_SIZES,
            Field("num_layers", 1),
            _BIAS,
            Field("batch_first", False, remark="which dimension is the batch"),
            Field("dropout", 0.0, Effect.TRAINING, complement=DROP_OR_KEEP, idle=_one_layer),
            Field("bidirectional", False),
            Field("proj_size", 0),
            *more,
        ),
        shape=_sequence,
        parameters=_parameters,
        state=_state,
        macs=lambda settings, x, _y: x[0] * _weights(settings),
        constructor=f"torch.nn.{class_name}",
    )


def _step(settings: Settings, x: Shape) -> Shape:
    _check_input(settings, x, 1)
    return (settings.int("hidden_size"),)


def _cell_state(settings: Settings) -> Iterator[StateTensor]:
    return _tensors(settings, _rows(settings), settings.int("input_size"), settings.int("hidden_size"))


def _cell_macs(settings: Settings, _x: Shape, _y: Shape) -> int:
    return _rows(settings) * (settings.int("input_size") + settings.int("hidden_size"))


def _cell(name: str, class_name: str, *more: Field) -> Kind:
    return Kind(
        name=name,
        classes={class_name: {}},
        positional=("input_size", "hidden_size"),
        fields=(*_SIZES, _BIAS, *more),
        shape=_step,
        state=_cell_state,
        macs=_cell_macs,
        constructor=f"torch.nn.{class_name}",
    )


def _base(name: str, class_name: str, fields: tuple[Field, ...], mode: Field) -> Kind:
    """What the others are built on: without its mode, nobody knows how many gates it has."""
    return Kind(
        name=name,
        classes={class_name: {}},
        positional=("input_size", "hidden_size"),
        fields=(*fields, mode),
        shape=None,
        parameters=not_printed("mode"),
        state=None,
        constructor=f"torch.nn.{class_name}",
    )


KINDS = (
    _layers("rnn", "RNN", Field("nonlinearity", UNKNOWN, likely="tanh", varies=True)),
    _layers("lstm", "LSTM"),
    _layers("gru", "GRU"),
    _cell("rnn_cell", "RNNCell", Field("nonlinearity", "tanh")),
    _cell("lstm_cell", "LSTMCell"),
    _cell("gru_cell", "GRUCell"),
    _base("rnn_base", "RNNBase", _layers("", "").fields, Field("mode", UNKNOWN, remark="RNN, LSTM or GRU")),
    _base("rnn_cell_base", "RNNCellBase", (*_SIZES, _BIAS), Field("num_chunks", UNKNOWN, remark="gates")),
)
