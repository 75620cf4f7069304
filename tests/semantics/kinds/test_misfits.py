# ruff: noqa: E501  (tables: a case a line)
"""What comes out of a layer for shapes that fit it, and what it asks for where they do not."""

from __future__ import annotations

import pytest

from archdiff import parse
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import Misfit, NotKnown, Shape

#: without the batch
SHAPES: tuple[Shape, ...] = (
    *((), (4,), (6,), (3, 6), (4, 6), (4, 8), (2, 4, 6), (3, 8, 8), (4, 2, 4), (4, 7, 7), (3, 2, 2), (8, 1, 1)),
    *((3, 4, 4, 4), (4, 2, 2, 2)),
)

#: layer, for each shape what comes out, or `SETTING WANTED not GIVEN`; `?`: the setting that decides it
CASES = [
    ("Linear(in_features=6, out_features=5, bias=True)",
     "in_features 6 not (); in_features 6 not 4; (5,); (3, 5); (4, 5); in_features 6 not 8; (2, 4, 5); in_features 6 not 8; in_features 6 not 4; in_features 6 not 7; in_features 6 not 2; in_features 6 not 1; in_features 6 not 4; in_features 6 not 2"),
    ("Conv1d(3, 8, kernel_size=(3,), stride=(1,))",
     "in_channels 3 not (); in_channels 3 not (4,); in_channels 3 not (6,); (8, 4); in_channels 3 not 4; in_channels 3 not 4; in_channels 3 not (2, 4, 6); in_channels 3 not (3, 8, 8); in_channels 3 not (4, 2, 4); in_channels 3 not (4, 7, 7); in_channels 3 not (3, 2, 2); in_channels 3 not (8, 1, 1); in_channels 3 not (3, 4, 4, 4); in_channels 3 not (4, 2, 2, 2)"),
    ("Conv2d(3, 8, kernel_size=(3, 5), stride=(1, 1))",
     "in_channels 3 not (); in_channels 3 not (4,); in_channels 3 not (6,); in_channels 3 not (3, 6); in_channels 3 not (4, 6); in_channels 3 not (4, 8); in_channels 3 not 2; (8, 6, 4); in_channels 3 not 4; in_channels 3 not 4; kernel_size (3, 5) not (2, 2); in_channels 3 not 8; in_channels 3 not (3, 4, 4, 4); in_channels 3 not (4, 2, 2, 2)"),
    ("Conv2d(4, 8, kernel_size=(1, 1), stride=(1, 1), groups=3)",
     "in_channels 4 not (); in_channels 4 not (4,); in_channels 4 not (6,); in_channels 4 not (3, 6); in_channels 4 not (4, 6); in_channels 4 not (4, 8); in_channels 4 not 2; in_channels 4 not 3; (8, 2, 4); (8, 7, 7); in_channels 4 not 3; in_channels 4 not 8; in_channels 4 not (3, 4, 4, 4); in_channels 4 not (4, 2, 2, 2)"),
    ("Conv3d(3, 8, kernel_size=(2, 2, 2), stride=(1, 1, 1))",
     "in_channels 3 not (); in_channels 3 not (4,); in_channels 3 not (6,); in_channels 3 not (3, 6); in_channels 3 not (4, 6); in_channels 3 not (4, 8); in_channels 3 not (2, 4, 6); in_channels 3 not (3, 8, 8); in_channels 3 not (4, 2, 4); in_channels 3 not (4, 7, 7); in_channels 3 not (3, 2, 2); in_channels 3 not (8, 1, 1); (8, 3, 3, 3); in_channels 3 not 4"),
    ("ConvTranspose2d(3, 8, kernel_size=(3, 3), stride=(2, 2), padding=(2, 2))",
     "in_channels 3 not (); in_channels 3 not (4,); in_channels 3 not (6,); in_channels 3 not (3, 6); in_channels 3 not (4, 6); in_channels 3 not (4, 8); in_channels 3 not 2; (8, 13, 13); in_channels 3 not 4; in_channels 3 not 4; (8, 1, 1); in_channels 3 not 8; in_channels 3 not (3, 4, 4, 4); in_channels 3 not (4, 2, 2, 2)"),
    ("MaxPool1d(kernel_size=3, stride=2)",
     "kernel_size (3,) not (); (1,); (2,); (3, 2); (4, 2); (4, 3); kernel_size (3,) not (2, 4, 6); kernel_size (3,) not (3, 8, 8); kernel_size (3,) not (4, 2, 4); kernel_size (3,) not (4, 7, 7); kernel_size (3,) not (3, 2, 2); kernel_size (3,) not (8, 1, 1); kernel_size (3,) not (3, 4, 4, 4); kernel_size (3,) not (4, 2, 2, 2)"),
    ("MaxPool2d(kernel_size=3, stride=2)",
     "kernel_size (3, 3) not (); kernel_size (3, 3) not (4,); kernel_size (3, 3) not (6,); (1, 2); (1, 2); (1, 3); (2, 1, 2); (3, 3, 3); kernel_size (3, 3) not (2, 4); (4, 3, 3); kernel_size (3, 3) not (2, 2); kernel_size (3, 3) not (1, 1); kernel_size (3, 3) not (3, 4, 4, 4); kernel_size (3, 3) not (4, 2, 2, 2)"),
    ("AvgPool2d(kernel_size=3, stride=2)",
     "kernel_size (3, 3) not (); kernel_size (3, 3) not (4,); kernel_size (3, 3) not (6,); (1, 2); (1, 2); (1, 3); (2, 1, 2); (3, 3, 3); kernel_size (3, 3) not (2, 4); (4, 3, 3); kernel_size (3, 3) not (2, 2); kernel_size (3, 3) not (1, 1); kernel_size (3, 3) not (3, 4, 4, 4); kernel_size (3, 3) not (4, 2, 2, 2)"),
    ("LPPool2d(norm_type=2, kernel_size=3, stride=2)",
     "kernel_size (3, 3) not (); kernel_size (3, 3) not (4,); kernel_size (3, 3) not (6,); (1, 2); (1, 2); (1, 3); (2, 1, 2); (3, 3, 3); kernel_size (3, 3) not (2, 4); (4, 3, 3); kernel_size (3, 3) not (2, 2); kernel_size (3, 3) not (1, 1); kernel_size (3, 3) not (3, 4, 4, 4); kernel_size (3, 3) not (4, 2, 2, 2)"),
    ("AdaptiveAvgPool2d(output_size=(2, 2))",
     "output_size (2, 2) not (); output_size (2, 2) not (4,); output_size (2, 2) not (6,); (2, 2); (2, 2); (2, 2); (2, 2, 2); (3, 2, 2); (4, 2, 2); (4, 2, 2); (3, 2, 2); (8, 2, 2); output_size (2, 2) not (3, 4, 4, 4); output_size (2, 2) not (4, 2, 2, 2)"),
    ("AdaptiveMaxPool1d(output_size=2)",
     "output_size (2,) not (); (2,); (2,); (3, 2); (4, 2); (4, 2); output_size (2,) not (2, 4, 6); output_size (2,) not (3, 8, 8); output_size (2,) not (4, 2, 4); output_size (2,) not (4, 7, 7); output_size (2,) not (3, 2, 2); output_size (2,) not (8, 1, 1); output_size (2,) not (3, 4, 4, 4); output_size (2,) not (4, 2, 2, 2)"),
    ("MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))",
     "kernel_size (2, 2) not (); kernel_size (2, 2) not (4,); kernel_size (2, 2) not (6,); (6, 12); (8, 12); (8, 16); (2, 8, 12); (3, 16, 16); (4, 4, 8); (4, 14, 14); (3, 4, 4); (8, 2, 2); kernel_size (2, 2) not (3, 4, 4, 4); kernel_size (2, 2) not (4, 2, 2, 2)"),
    ("BatchNorm1d(4)",
     "num_features 4 not (); (4,); num_features 4 not 6; num_features 4 not 3; (4, 6); (4, 8); num_features 4 not (2, 4, 6); num_features 4 not (3, 8, 8); num_features 4 not (4, 2, 4); num_features 4 not (4, 7, 7); num_features 4 not (3, 2, 2); num_features 4 not (8, 1, 1); num_features 4 not (3, 4, 4, 4); num_features 4 not (4, 2, 2, 2)"),
    ("BatchNorm2d(4)",
     "num_features 4 not (); num_features 4 not (4,); num_features 4 not (6,); num_features 4 not (3, 6); num_features 4 not (4, 6); num_features 4 not (4, 8); num_features 4 not 2; num_features 4 not 3; (4, 2, 4); (4, 7, 7); num_features 4 not 3; num_features 4 not 8; num_features 4 not (3, 4, 4, 4); num_features 4 not (4, 2, 2, 2)"),
    ("BatchNorm3d(4)",
     "num_features 4 not (); num_features 4 not (4,); num_features 4 not (6,); num_features 4 not (3, 6); num_features 4 not (4, 6); num_features 4 not (4, 8); num_features 4 not (2, 4, 6); num_features 4 not (3, 8, 8); num_features 4 not (4, 2, 4); num_features 4 not (4, 7, 7); num_features 4 not (3, 2, 2); num_features 4 not (8, 1, 1); num_features 4 not 3; (4, 2, 2, 2)"),
    ("InstanceNorm1d(4)",
     "num_features 4 not (); (4,); (6,); (3, 6); (4, 6); (4, 8); num_features 4 not (2, 4, 6); num_features 4 not (3, 8, 8); num_features 4 not (4, 2, 4); num_features 4 not (4, 7, 7); num_features 4 not (3, 2, 2); num_features 4 not (8, 1, 1); num_features 4 not (3, 4, 4, 4); num_features 4 not (4, 2, 2, 2)"),
    ("InstanceNorm2d(4)",
     "num_features 4 not (); num_features 4 not (4,); num_features 4 not (6,); (3, 6); (4, 6); (4, 8); (2, 4, 6); (3, 8, 8); (4, 2, 4); (4, 7, 7); (3, 2, 2); dimensions 2 not (8, 1, 1); num_features 4 not (3, 4, 4, 4); num_features 4 not (4, 2, 2, 2)"),
    ("GroupNorm(2, 4)",
     "num_channels 4 not (); (4,); num_channels 4 not 6; num_channels 4 not 3; (4, 6); (4, 8); num_channels 4 not 2; num_channels 4 not 3; (4, 2, 4); (4, 7, 7); num_channels 4 not 3; num_channels 4 not 8; num_channels 4 not 3; (4, 2, 2, 2)"),
    ("LayerNorm((4, 6), eps=1e-05)",
     "normalized_shape (4, 6) not (); normalized_shape (4, 6) not (4,); normalized_shape (4, 6) not (6,); normalized_shape (4, 6) not (3, 6); (4, 6); normalized_shape (4, 6) not (4, 8); (2, 4, 6); normalized_shape (4, 6) not (3, 8, 8); normalized_shape (4, 6) not (4, 2, 4); normalized_shape (4, 6) not (4, 7, 7); normalized_shape (4, 6) not (3, 2, 2); normalized_shape (4, 6) not (8, 1, 1); normalized_shape (4, 6) not (3, 4, 4, 4); normalized_shape (4, 6) not (4, 2, 2, 2)"),
    ("RMSNorm((6,), eps=1e-05)",
     "normalized_shape (6,) not (); normalized_shape (6,) not (4,); (6,); (3, 6); (4, 6); normalized_shape (6,) not (4, 8); (2, 4, 6); normalized_shape (6,) not (3, 8, 8); normalized_shape (6,) not (4, 2, 4); normalized_shape (6,) not (4, 7, 7); normalized_shape (6,) not (3, 2, 2); normalized_shape (6,) not (8, 1, 1); normalized_shape (6,) not (3, 4, 4, 4); normalized_shape (6,) not (4, 2, 2, 2)"),
    ("LocalResponseNorm(2)",
     "dimensions 2 not (); dimensions 2 not (4,); dimensions 2 not (6,); (3, 6); (4, 6); (4, 8); (2, 4, 6); (3, 8, 8); (4, 2, 4); (4, 7, 7); (3, 2, 2); (8, 1, 1); (3, 4, 4, 4); (4, 2, 2, 2)"),
    ("Flatten(start_dim=1, end_dim=-1)",
     "start_dim 1 not (); (4,); (6,); (18,); (24,); (32,); (48,); (192,); (32,); (196,); (12,); (8,); (192,); (32,)"),
    ("Flatten(start_dim=3, end_dim=-1)",
     "start_dim 3 not (); start_dim 3 not (4,); start_dim 3 not (6,); start_dim 3 not (3, 6); start_dim 3 not (4, 6); start_dim 3 not (4, 8); (2, 4, 6); (3, 8, 8); (4, 2, 4); (4, 7, 7); (3, 2, 2); (8, 1, 1); (3, 4, 16); (4, 2, 4)"),
    ("Flatten(start_dim=2, end_dim=1)",
     "start_dim 2 not (); start_dim 2 not (4,); start_dim 2 not (6,); end_dim 2 not 1; end_dim 2 not 1; end_dim 2 not 1; end_dim 2 not 1; end_dim 2 not 1; end_dim 2 not 1; end_dim 2 not 1; end_dim 2 not 1; end_dim 2 not 1; end_dim 2 not 1; end_dim 2 not 1"),
    ("Unflatten(dim=1, unflattened_size=(2, 3))",
     "dim 1 not (); unflattened_size (2, 3) not 4; (2, 3); unflattened_size (2, 3) not 3; unflattened_size (2, 3) not 4; unflattened_size (2, 3) not 4; unflattened_size (2, 3) not 2; unflattened_size (2, 3) not 3; unflattened_size (2, 3) not 4; unflattened_size (2, 3) not 4; unflattened_size (2, 3) not 3; unflattened_size (2, 3) not 8; unflattened_size (2, 3) not 3; unflattened_size (2, 3) not 4"),
    ("Unflatten(dim=1, unflattened_size=(2, -1))",
     "dim 1 not (); (2, 2); (2, 3); unflattened_size (2, -1) not 3; (2, 2, 6); (2, 2, 8); (2, 1, 4, 6); unflattened_size (2, -1) not 3; (2, 2, 2, 4); (2, 2, 7, 7); unflattened_size (2, -1) not 3; (2, 4, 1, 1); unflattened_size (2, -1) not 3; (2, 2, 2, 2, 2)"),
    ("Unflatten(dim=5, unflattened_size=(2, 3))",
     "dim 5 not (); dim 5 not (4,); dim 5 not (6,); dim 5 not (3, 6); dim 5 not (4, 6); dim 5 not (4, 8); dim 5 not (2, 4, 6); dim 5 not (3, 8, 8); dim 5 not (4, 2, 4); dim 5 not (4, 7, 7); dim 5 not (3, 2, 2); dim 5 not (8, 1, 1); dim 5 not (3, 4, 4, 4); dim 5 not (4, 2, 2, 2)"),
    ("PixelShuffle(upscale_factor=2)",
     "dimensions 3 not (); dimensions 3 not (4,); dimensions 3 not (6,); dimensions 3 not (3, 6); dimensions 3 not (4, 6); dimensions 3 not (4, 8); upscale_factor 2 not 2; upscale_factor 2 not 3; (1, 4, 8); (1, 14, 14); upscale_factor 2 not 3; (2, 2, 2); (3, 1, 8, 8); upscale_factor 2 not 2"),
    ("PixelUnshuffle(downscale_factor=2)",
     "dimensions 3 not (); dimensions 3 not (4,); dimensions 3 not (6,); dimensions 3 not (3, 6); dimensions 3 not (4, 6); dimensions 3 not (4, 8); (8, 2, 3); (12, 4, 4); (16, 1, 2); downscale_factor 2 not (7, 7); (12, 1, 1); downscale_factor 2 not (1, 1); (3, 16, 2, 2); (4, 8, 1, 1)"),
    ("ChannelShuffle(groups=2)",
     "dimensions 2 not (); dimensions 2 not (4,); dimensions 2 not (6,); groups 2 not 3; (4, 6); (4, 8); (2, 4, 6); groups 2 not 3; (4, 2, 4); (4, 7, 7); groups 2 not 3; (8, 1, 1); groups 2 not 3; (4, 2, 2, 2)"),
    ("Upsample(scale_factor=2.0, mode='nearest')",
     "dimensions (1, 2, 3) not (); dimensions (1, 2, 3) not (4,); dimensions (1, 2, 3) not (6,); (3, 12); (4, 12); (4, 16); (2, 8, 12); (3, 16, 16); (4, 4, 8); (4, 14, 14); (3, 4, 4); (8, 2, 2); (3, 8, 8, 8); (4, 4, 4, 4)"),
    ("Upsample(size=(4, 4), mode='bilinear')",
     "dimensions (2,) not (); dimensions (2,) not (4,); dimensions (2,) not (6,); dimensions (2,) not (3, 6); dimensions (2,) not (4, 6); dimensions (2,) not (4, 8); (2, 4, 4); (3, 4, 4); (4, 4, 4); (4, 4, 4); (3, 4, 4); (8, 4, 4); dimensions (2,) not (3, 4, 4, 4); dimensions (2,) not (4, 2, 2, 2)"),
    ("Unfold(kernel_size=2, dilation=1, padding=0, stride=1)",
     "kernel_size (2, 2) not (); kernel_size (2, 2) not (4,); kernel_size (2, 2) not (6,); kernel_size (2, 2) not (3, 6); kernel_size (2, 2) not (4, 6); kernel_size (2, 2) not (4, 8); (8, 15); (12, 49); (16, 3); (16, 36); (12, 1); kernel_size (2, 2) not (1, 1); kernel_size (2, 2) not (3, 4, 4, 4); kernel_size (2, 2) not (4, 2, 2, 2)"),
    ("Fold(output_size=(4, 4), kernel_size=(2, 2), dilation=1, padding=0, stride=1)",
     "kernel_size 4 not (); kernel_size 4 not (4,); kernel_size 4 not (6,); kernel_size 4 not 3; output_size (4, 4) not 6; output_size (4, 4) not 8; kernel_size 4 not (2, 4, 6); kernel_size 4 not (3, 8, 8); kernel_size 4 not (4, 2, 4); kernel_size 4 not (4, 7, 7); kernel_size 4 not (3, 2, 2); kernel_size 4 not (8, 1, 1); kernel_size 4 not (3, 4, 4, 4); kernel_size 4 not (4, 2, 2, 2)"),
    ("ReflectionPad2d((1, 1, 2, 2))",
     "padding (1, 1, 2, 2) not (); padding (1, 1, 2, 2) not (4,); padding (1, 1, 2, 2) not (6,); (7, 8); (8, 8); (8, 10); (2, 8, 8); (3, 12, 10); padding (1, 1, 2, 2) not (2, 4); (4, 11, 9); padding (1, 1, 2, 2) not (2, 2); padding (1, 1, 2, 2) not (1, 1); padding (1, 1, 2, 2) not (3, 4, 4, 4); padding (1, 1, 2, 2) not (4, 2, 2, 2)"),
    ("ReflectionPad1d((3, 3))",
     "padding (3, 3) not (); (10,); (12,); (3, 12); (4, 12); (4, 14); padding (3, 3) not (2, 4, 6); padding (3, 3) not (3, 8, 8); padding (3, 3) not (4, 2, 4); padding (3, 3) not (4, 7, 7); padding (3, 3) not (3, 2, 2); padding (3, 3) not (8, 1, 1); padding (3, 3) not (3, 4, 4, 4); padding (3, 3) not (4, 2, 2, 2)"),
    ("ReplicationPad2d((1, 1, 1, 1))",
     "padding (1, 1, 1, 1) not (); padding (1, 1, 1, 1) not (4,); padding (1, 1, 1, 1) not (6,); (5, 8); (6, 8); (6, 10); (2, 6, 8); (3, 10, 10); (4, 4, 6); (4, 9, 9); (3, 4, 4); (8, 3, 3); padding (1, 1, 1, 1) not (3, 4, 4, 4); padding (1, 1, 1, 1) not (4, 2, 2, 2)"),
    ("CircularPad1d((1, 5))",
     "padding (1, 5) not (); padding (1, 5) not (4,); (12,); (3, 12); (4, 12); (4, 14); padding (1, 5) not (2, 4, 6); padding (1, 5) not (3, 8, 8); padding (1, 5) not (4, 2, 4); padding (1, 5) not (4, 7, 7); padding (1, 5) not (3, 2, 2); padding (1, 5) not (8, 1, 1); padding (1, 5) not (3, 4, 4, 4); padding (1, 5) not (4, 2, 2, 2)"),
    ("ConstantPad2d(padding=(-1, -1, -1, -1), value=0)",
     "padding (-1, -1, -1, -1) not (); padding (-1, -1, -1, -1) not (4,); padding (-1, -1, -1, -1) not (6,); (1, 4); (2, 4); (2, 6); (2, 2, 4); (3, 6, 6); padding (-1, -1, -1, -1) not (2, 4); (4, 5, 5); padding (-1, -1, -1, -1) not (2, 2); padding (-1, -1, -1, -1) not (1, 1); (3, 4, 2, 2); padding (-1, -1, -1, -1) not (2, 2)"),
    ("ZeroPad1d((1, 1))",
     "padding (1, 1) not (); (6,); (8,); (3, 8); (4, 8); (4, 10); (2, 4, 8); (3, 8, 10); (4, 2, 6); (4, 7, 9); (3, 2, 4); (8, 1, 3); (3, 4, 4, 6); (4, 2, 2, 4)"),
    ("Softmax(dim=2)",
     "dim 2 not (); dim 2 not (4,); dim 2 not (6,); (3, 6); (4, 6); (4, 8); (2, 4, 6); (3, 8, 8); (4, 2, 4); (4, 7, 7); (3, 2, 2); (8, 1, 1); (3, 4, 4, 4); (4, 2, 2, 2)"),
    ("Softmax2d()",
     "dimensions 3 not (); dimensions 3 not (4,); dimensions 3 not (6,); (3, 6); (4, 6); (4, 8); (2, 4, 6); (3, 8, 8); (4, 2, 4); (4, 7, 7); (3, 2, 2); (8, 1, 1); dimensions 3 not (3, 4, 4, 4); dimensions 3 not (4, 2, 2, 2)"),
    ("GLU(dim=1)",
     "dim 1 not (); (2,); (3,); dim 4 not 3; (2, 6); (2, 8); (1, 4, 6); dim 4 not 3; (2, 2, 4); (2, 7, 7); dim 4 not 3; (4, 1, 1); dim 4 not 3; (2, 2, 2, 2)"),
    ("GLU(dim=-1)",
     "? dim; (2,); (3,); (3, 3); (4, 3); (4, 4); (2, 4, 3); (3, 8, 4); (4, 2, 2); dim 8 not 7; (3, 2, 1); dim 2 not 1; (3, 4, 4, 2); (4, 2, 2, 1)"),
    ("LSTM(6, 5)",
     "input_size 6 not (); input_size 6 not (4,); input_size 6 not (6,); (3, 5); (4, 5); input_size 6 not 8; input_size 6 not (2, 4, 6); input_size 6 not (3, 8, 8); input_size 6 not (4, 2, 4); input_size 6 not (4, 7, 7); input_size 6 not (3, 2, 2); input_size 6 not (8, 1, 1); input_size 6 not (3, 4, 4, 4); input_size 6 not (4, 2, 2, 2)"),
    ("GRU(6, 5, num_layers=2, bidirectional=True)",
     "input_size 6 not (); input_size 6 not (4,); input_size 6 not (6,); (3, 10); (4, 10); input_size 6 not 8; input_size 6 not (2, 4, 6); input_size 6 not (3, 8, 8); input_size 6 not (4, 2, 4); input_size 6 not (4, 7, 7); input_size 6 not (3, 2, 2); input_size 6 not (8, 1, 1); input_size 6 not (3, 4, 4, 4); input_size 6 not (4, 2, 2, 2)"),
    ("LSTM(6, 5, proj_size=3)",
     "input_size 6 not (); input_size 6 not (4,); input_size 6 not (6,); (3, 3); (4, 3); input_size 6 not 8; input_size 6 not (2, 4, 6); input_size 6 not (3, 8, 8); input_size 6 not (4, 2, 4); input_size 6 not (4, 7, 7); input_size 6 not (3, 2, 2); input_size 6 not (8, 1, 1); input_size 6 not (3, 4, 4, 4); input_size 6 not (4, 2, 2, 2)"),
    ("LSTMCell(6, 5)",
     "input_size 6 not (); input_size 6 not 4; (5,); input_size 6 not (3, 6); input_size 6 not (4, 6); input_size 6 not (4, 8); input_size 6 not (2, 4, 6); input_size 6 not (3, 8, 8); input_size 6 not (4, 2, 4); input_size 6 not (4, 7, 7); input_size 6 not (3, 2, 2); input_size 6 not (8, 1, 1); input_size 6 not (3, 4, 4, 4); input_size 6 not (4, 2, 2, 2)"),
    ("RNNCell(6, 5)",
     "input_size 6 not (); input_size 6 not 4; (5,); input_size 6 not (3, 6); input_size 6 not (4, 6); input_size 6 not (4, 8); input_size 6 not (2, 4, 6); input_size 6 not (3, 8, 8); input_size 6 not (4, 2, 4); input_size 6 not (4, 7, 7); input_size 6 not (3, 2, 2); input_size 6 not (8, 1, 1); input_size 6 not (3, 4, 4, 4); input_size 6 not (4, 2, 2, 2)"),
    ("Embedding(10, 6)",
     "(6,); (4, 6); (6, 6); (3, 6, 6); (4, 6, 6); (4, 8, 6); (2, 4, 6, 6); (3, 8, 8, 6); (4, 2, 4, 6); (4, 7, 7, 6); (3, 2, 2, 6); (8, 1, 1, 6); (3, 4, 4, 4, 6); (4, 2, 2, 2, 6)"),
    ("EmbeddingBag(10, 6, mode='mean')",
     "dimensions 1 not (); (6,); (6,); dimensions 1 not (3, 6); dimensions 1 not (4, 6); dimensions 1 not (4, 8); dimensions 1 not (2, 4, 6); dimensions 1 not (3, 8, 8); dimensions 1 not (4, 2, 4); dimensions 1 not (4, 7, 7); dimensions 1 not (3, 2, 2); dimensions 1 not (8, 1, 1); dimensions 1 not (3, 4, 4, 4); dimensions 1 not (4, 2, 2, 2)"),
    ("KWinners(n=8, percent_on=0.25)",
     "n 8 not (); n 8 not 4; n 8 not 6; n 8 not (3, 6); n 8 not (4, 6); n 8 not (4, 8); n 8 not (2, 4, 6); n 8 not (3, 8, 8); n 8 not (4, 2, 4); n 8 not (4, 7, 7); n 8 not (3, 2, 2); n 8 not (8, 1, 1); n 8 not (3, 4, 4, 4); n 8 not (4, 2, 2, 2)"),
    ("KWinners2d(channels=4, n=0, percent_on=0.25)",
     "dimensions 3 not (); dimensions 3 not (4,); dimensions 3 not (6,); dimensions 3 not (3, 6); dimensions 3 not (4, 6); dimensions 3 not (4, 8); channels 4 not 2; channels 4 not 3; (4, 2, 4); (4, 7, 7); channels 4 not 3; channels 4 not 8; dimensions 3 not (3, 4, 4, 4); dimensions 3 not (4, 2, 2, 2)"),
    ("KWinners2d(channels=4, n=32, percent_on=0.25)",
     "dimensions 3 not (); dimensions 3 not (4,); dimensions 3 not (6,); dimensions 3 not (3, 6); dimensions 3 not (4, 6); dimensions 3 not (4, 8); channels 4 not 2; channels 4 not 3; (4, 2, 4); n 32 not 196; channels 4 not 3; channels 4 not 8; dimensions 3 not (3, 4, 4, 4); dimensions 3 not (4, 2, 2, 2)"),
    ("Dropout1d(p=0.5)",
     "dimensions 2 not (); (4,); (6,); (3, 6); (4, 6); (4, 8); dimensions 2 not (2, 4, 6); dimensions 2 not (3, 8, 8); dimensions 2 not (4, 2, 4); dimensions 2 not (4, 7, 7); dimensions 2 not (3, 2, 2); dimensions 2 not (8, 1, 1); dimensions 2 not (3, 4, 4, 4); dimensions 2 not (4, 2, 2, 2)"),
    ("Dropout2d(p=0.5)",
     "(); (4,); (6,); (3, 6); (4, 6); (4, 8); (2, 4, 6); (3, 8, 8); (4, 2, 4); (4, 7, 7); (3, 2, 2); (8, 1, 1); (3, 4, 4, 4); (4, 2, 2, 2)"),
    ("PReLU(num_parameters=4)",
     "num_parameters 4 not (); (4,); num_parameters 4 not 6; num_parameters 4 not 3; (4, 6); (4, 8); num_parameters 4 not 2; num_parameters 4 not 3; (4, 2, 4); (4, 7, 7); num_parameters 4 not 3; num_parameters 4 not 8; num_parameters 4 not 3; (4, 2, 2, 2)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "answers"), CASES, ids=[case[0] for case in CASES])
def test_what_comes_out(text: str, answers: str) -> None:
    assert "; ".join(answer(text, shape) for shape in SHAPES) == answers


def answer(text: str, shape: Shape) -> str:
    layer = rules.normalize(parse.parse(text)[0]).root
    kind = kinds.by_name()[layer.kind]
    assert kind.shape is not None
    try:
        return str(kind.shape(kinds.settings_of(layer), shape))
    except Misfit as misfit:
        return f"{misfit.field} {misfit.wants} not {misfit.gets}"
    except NotKnown as setting:
        return f"? {setting.args[0]}"
