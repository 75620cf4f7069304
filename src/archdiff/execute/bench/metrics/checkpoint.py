"""Bytes of all tensors in the state_dict: parameters and buffers, zeros included.

A file has a few kB of names beside them. Tensors that share memory are counted once, as torch.save writes them.
"""

from torch import Tensor

from archdiff.execute.bench.metrics import Metric, Subject


def _measure(subject: Subject) -> float:
    tensors = [each for each in subject.module.state_dict().values() if isinstance(each, Tensor)]
    return sum({each.untyped_storage().data_ptr() or id(each): each.nbytes for each in tensors}.values())


METRIC = Metric("B", "lower", _measure, order=22)
