#!/usr/bin/env python3
"""Makes the cases of special and extreme values: infinities, NaN, ties, and numbers whose squares overflow or vanish.

    python3 special_cases.py FOLDER

Needs torch, numpy, safetensors, expecttest. The right answers are PyTorch's in float64, rounded once; where PyTorch itself is wrong or has no
answer, the case states the right one and says why. Every digit counts: the tolerance is a relative one. The folder's form is that of `make_cases.py`.

The folder next to this script: python3 special_cases.py special
"""

import json
import math
import os
import sys

import torch
from safetensors.torch import save_file

import extreme_cases
from make_cases import Case, copied, flattened, keys_of, tensors_of

F = torch.nn.functional
inf, nan = math.inf, math.nan


def t(values, grad=True, dtype=torch.float32):
    made = torch.tensor(values, dtype=dtype)
    return made.requires_grad_(grad) if dtype.is_floating_point else made


def i(values):
    return torch.tensor(values)


class Special:
    """A call: PyTorch's name and function, arguments, and what is right where float64 is not."""

    def __init__(self, op, call, *args, out=None, grads=None, relative=1e-4, **kwargs):
        self.op, self.call, self.args, self.kwargs = op, call, list(args), kwargs
        self.out, self.grads, self.relative = out, grads, relative


big, small = 1e25, 1e-25
row = [3.0, -4.0, 12.0]


def scaled(by, values=row):
    return t([v * by for v in values])


CASES = []


def case(*args, **kwargs):
    CASES.append(Special(*args, **kwargs))


# Overflow inside a formula.
for by in (1e28, 1e-28):
    for p in (2, 3, 0.5, -2):
        case("norm", torch.norm, scaled(by), p)
    case("linalg.vector_norm", torch.linalg.vector_norm, t([[3 * by, 4 * by], [0.0, 0.0]]), 2, 1)
    case("dist", torch.dist, scaled(by), scaled(-by), 2)
    case("nn.functional.normalize", F.normalize, scaled(by), dim=0)
    case("nn.functional.pairwise_distance", F.pairwise_distance, scaled(by), t([0.0, 0.0, 0.0]), eps=0.0)
    case("std", torch.std, scaled(by))
    case("std_mean", torch.std_mean, scaled(by, [1.0, -1.0, 0.0, 4.0]))
    case("linalg.svdvals", torch.linalg.svdvals, t([[by, 0.0], [0.0, 2 * by]]))
    case("linalg.matrix_norm", torch.linalg.matrix_norm, t([[by, 0.0], [0.0, 2 * by]]), "nuc")
    case("linalg.cond", torch.linalg.cond, t([[by, 0.0], [0.0, 2 * by]], False))
    case("atan2", torch.atan2, scaled(by), scaled(-2 * by))
    case("hypot", torch.hypot, scaled(by), scaled(-2 * by))
    case("corrcoef", torch.corrcoef, t([[by, 2 * by, 4 * by], [3 * by, 1 * by, -2 * by]], False))
    for p in (2.0, 3.0):
        case("nn.functional.lp_pool1d", F.lp_pool1d, t([[[by, 2 * by, 3 * by, 5 * by]]]), p, 2)
    case("lerp", torch.lerp, scaled(by), scaled(-2 * by), 0.25)
case("cdist", torch.cdist, t([[big, 0.0], [0.0, big]]), t([[0.0, 3 * big]]))
case("renorm", torch.renorm, t([[3 * big, 4 * big], [0.3, 0.4]], False), 2, 0, 1.0)
case("cosine_similarity", torch.cosine_similarity, scaled(big), scaled(2 * big, [1.0, 1.0, 1.0]), 0)
case("nn.functional.cosine_embedding_loss", F.cosine_embedding_loss, t([[3 * big, 4 * big]]), t([[big, 2 * big]]), i([1]))
case("nn.functional.rms_norm", F.rms_norm, t([[3 * big, 4 * big], [1.0, 2.0]]), [2], eps=1e-6)
case("nn.functional.local_response_norm", F.local_response_norm, t([[[big], [2 * big], [4 * big]]], False), 2)
case("nn.functional.gaussian_nll_loss", F.gaussian_nll_loss, t([big]), t([-big]), t([big]), reduction="none")
case("std", torch.std, t([1e20, -1e20, 0.0]))
case("lerp", torch.lerp, t([-3e38, 1.0]), t([3e38, 3.0]), 0.5)
case("linspace", torch.linspace, -3e38, 3e38, 2, out=[[-3e38, 3e38]])
case("linspace", torch.linspace, -3e38, 3e38, 3, out=[[-3e38, 0.0, 3e38]])
case("det", torch.det, t([[1e20, 0.0, 0.0], [0.0, 1e20, 0.0], [0.0, 0.0, 1e-10]]))
case("det", torch.det, t([[1e20, 0.0], [0.0, 1e20]]))
case("acosh", torch.acosh, t([1e25, 2.0]))
case("asinh", torch.asinh, t([1e25, -1e25, 0.5]))
case("asin", torch.asin, t([0.99999, -0.99999, 0.5]))
case("acos", torch.acos, t([0.99999, -0.99999, 0.5]))
case("atanh", torch.atanh, t([0.99999, -0.99999, 0.5]))
case("log10", torch.log10, t([1.5e38, 1e-30]))
case("square", torch.square, t([1e18, 2.0]))
case("nn.functional.softsign", F.softsign, t([1e10, -1e10, 0.5]))
for decimals in (3, 20, 38, 60):
    case("round", torch.round, t([3e38, -1.0, 0.0], False), decimals=decimals, out=[[3e38, -1.0, 0.0]])
case("round", torch.round, t([3e38, -7.0], False), decimals=-60, out=[[0.0, -0.0]])
case("round", torch.round, t([1234.5, -1250.0], False), decimals=-2, out=[[1200.0, -1200.0]])
case("prod", torch.prod, t([1e30, 1e30]))
case("prod", torch.prod, t([1e-30, 1e-30]))
case("prod", torch.prod, t([2.0, 0.0, 3.0]))
case("cumprod", torch.cumprod, t([1e30, 1e30, 2.0]), 0)

case("addcmul", torch.addcmul, t([0.0]), t([1e30]), t([1e30]), value=1e-30)
case("addcdiv", torch.addcdiv, t([0.0]), t([1e30]), t([1e-30]), value=1e-30)
case("addr", torch.addr, t([[0.0]]), t([1e30]), t([1e30]), alpha=1e-30)
case("trapezoid", torch.trapezoid, t([3e38, 3e38]))
case("trapezoid", torch.trapezoid, t([3e38, 3e38, -3e38]), t([0.0, 1.0, 3.0]))
case("cumulative_trapezoid", torch.cumulative_trapezoid, t([3e38, 3e38]))
case("histc", torch.histc, t([1e38, 5e37], False), 100, 0, 1e38, out=[[float(k in (50, 99)) for k in range(100)]])
case("histc", torch.histc, t([-3e38, 0.0, 3e38, 1e38], False), 4, -3e38, 3e38, out=[[1.0, 0.0, 2.0, 1.0]])

# Special values.
case("isin", torch.isin, i([1, 2]), t([nan, 1.0], False))
case("isin", torch.isin, t([1.0, nan, inf, -inf], False), t([inf, nan, 1.0, nan], False))
# PyTorch puts every value behind a NaN, which its own sort puts last.
case("searchsorted", torch.searchsorted, t([1.0, 3.0, nan], False), t([0.0, 3.0, 5.0, inf, nan], False), out=[[0, 1, 2, 2, 3]])
case("bucketize", torch.bucketize, t([nan, inf, -inf, 0.0], False), t([0.0, 1.0], False))
case("nn.functional.lp_pool1d", F.lp_pool1d, t([[[1.0, -3.0, 2.0, 0.5]]]), inf, 2)
for loss, name in ((F.huber_loss, "huber_loss"), (F.smooth_l1_loss, "smooth_l1_loss")):
    case(f"nn.functional.{name}", loss, t([inf, -inf, 0.5, 3.0, nan]), t([1.0, 1.0, 0.25, 1.0, 0.0]), reduction="none")
case("cumprod", torch.cumprod, t([inf]), 0, grads=[[1.0]])
case("cumprod", torch.cumprod, t([2.0, inf, 3.0]), 0, grads=[[inf, 5.0, inf]])
case("cumprod", torch.cumprod, t([2.0, 0.0, 3.0, 0.0, 5.0]), 0)
# The limits; PyTorch has NaN where the largest is infinite.
case("logcumsumexp", torch.logcumsumexp, t([0.0, inf, 0.0, 1.0]), 0, grads=[[1.0, 3.5, 0.0, 0.0]])
case("logcumsumexp", torch.logcumsumexp, t([-inf]), 0, grads=[[1.0]])
case("logsumexp", torch.logsumexp, t([inf, 1000.0, 0.0]), 0, grads=[[1.0, 0.0, 0.0]])
case("logsumexp", torch.logsumexp, t([inf, 0.0, inf, -inf]), 0, grads=[[0.5, 0.0, 0.5, 0.0]])
case("logsumexp", torch.logsumexp, t([[-inf, -inf], [0.0, 0.0]]), 1, True, grads=[[[0.5, 0.5], [0.5, 0.5]]])
case("logaddexp", torch.logaddexp, t([inf, -inf, 1.0, inf]), t([inf, -inf, 1.0, -inf]), grads=[[0.5, 0.5, 0.25, 2.0], [0.5, 0.5, 0.25, 0.0]])
case("logaddexp2", torch.logaddexp2, t([inf, -inf, 1.0, inf]), t([inf, -inf, 1.0, -inf]), grads=[[0.5, 0.5, 0.25, 2.0], [0.5, 0.5, 0.25, 0.0]])
case("logsumexp", torch.logsumexp, t([-inf, 0.0, -inf]), 0)
case("clamp", torch.clamp, t([1.0, 1.0, 0.0, 2.0]), t([1.0, 1.0, 1.0, 0.0]), t([1.0, 2.0, 1.0, 1.0]))
case("max.reduction_no_dim", torch.max, t([nan, nan, 1.0]))
case("amax", torch.amax, t([3.0, 3.0, 1.0]), 0)
# What was there before takes no part; PyTorch counts it among the equals, and half of the gradient is lost.
case("scatter_reduce", torch.scatter_reduce, t([1.0, 2.0]), 0, i([0, 1]), t([1.0, 3.0]), "amax", include_self=False, grads=[[0.0, 0.0], [1.0, 1.0]])
case("pow", torch.pow, t([0.0, -2.0, -2.0, 0.0]), t([0.0, 3.0, 2.5, 2.0]))
case("atan2", torch.atan2, t([0.0]), t([0.0]))
case("__getitem__", lambda x, at: x[at], t([[1.0, 2.0], [3.0, 4.0]], False), (Ellipsis, Ellipsis))

# The next half is not the next float32.
for dtype, unit in ((torch.float16, 2**-10), (torch.bfloat16, 2**-7)):
    x, y = t([1.0, 1.0, -1.0, 0.0, inf, 5.0], False, dtype), t([2.0, 0.0, inf, 0.0, 0.0, 5.0], False, dtype)
    largest = torch.finfo(dtype).max
    case("nextafter", None, x, y, out=[[1 + unit, 1 - unit / 2, -1 + unit / 2, 0.0, largest, 5.0]])

extreme_cases.add_to(case, t, i)

REFUSED = [
    ("hypot", torch.hypot, i([3]), i([4])),
    ("logaddexp", torch.logaddexp, i([3]), i([4])),
    ("logaddexp2", torch.logaddexp2, i([3]), i([4])),
    ("nextafter", torch.nextafter, i([3]), i([4])),
]


def cotangent(of):
    cycle = [1.0, 1.0, 0.5, 2.0]
    return torch.tensor([cycle[k % 4] for k in range(of.numel())], dtype=of.dtype).reshape(of.shape)


def answered(special, exact):
    """Results in float64 and gradients for fixed cotangents, of copies of the arguments."""
    args, kwargs = copied(special.args, torch.float64), copied(special.kwargs, torch.float64)
    outputs = flattened(special.call(*args, **kwargs))
    leaves = [x for x in tensors_of([args, kwargs]) if x.requires_grad]
    roots = [o for o in outputs if o.requires_grad]
    grads = torch.autograd.grad(roots, leaves, [cotangent(o) for o in roots], allow_unused=True) if roots and leaves else []
    return outputs, grads


def stated(values):
    """What a case states, as float64 if it is a float: it may be one that float32 does not hold."""
    made = torch.tensor(values)
    return torch.tensor(values, dtype=torch.float64) if made.dtype.is_floating_point else made


def line_of(special, case):
    line = {
        "id": case.name,
        "op": special.op.split(".reduction")[0],
        "variant": special.op.partition(".reduction")[1].strip(".") + special.op.partition(".reduction")[2],
        "tier": 1,
        "args": [case.value(v) for v in special.args],
        "kwargs": {k: case.value(v) for k, v in special.kwargs.items()},
        "relative": special.relative,
    }
    keys = keys_of([line["args"], line["kwargs"]])
    tensors = tensors_of([special.args, special.kwargs])
    dtype = next((x.dtype for x in tensors if x.dtype.is_floating_point), torch.float32)
    outputs, grads = ([], []) if special.call is None else answered(special, torch.float64)
    as_given = lambda x: x.to(dtype) if x.is_floating_point() else x
    if special.out is not None:
        right = [stated(o) for o in special.out]
        line["outputs"] = [case.keep(as_given(o), "out") for o in right]
    else:
        line["outputs"] = [case.keep(as_given(o), "out") for o in outputs]
    wanted = [k for k, x in zip(keys, tensors) if x.requires_grad]
    if grads or special.grads:
        given = [stated(g) for g in special.grads] if special.grads else grads
        roots = [(at, o) for at, o in enumerate(outputs) if o.requires_grad]
        line["cotangents"] = {str(at): case.keep(as_given(cotangent(o)), "cot") for at, o in roots}
        line["grads"] = {k: None if g is None else case.keep(as_given(g), "grad") for k, g in zip(wanted, given, strict=True)}
    return line


def write(folder, section, lines, tensors):
    os.makedirs(os.path.join(folder, section), exist_ok=True)
    path = os.path.join(folder, section, section)
    with open(f"{path}.jsonl", "w") as f:
        f.writelines(json.dumps(line) + "\n" for line in lines)
    save_file(tensors, f"{path}.safetensors")


def main(folder):
    lines, tensors, counts = [], {}, {}
    for special in CASES:
        n = counts[special.op] = counts.get(special.op, -1) + 1
        lines.append(line_of(special, Case(f"{special.op}/special/{n}", tensors)))
    write(folder, "ops", lines, tensors)
    lines, tensors = [], {}
    for op, call, *args in REFUSED:
        try:
            call(*args)
        except RuntimeError:
            case = Case(f"{op}/refused", tensors)
            lines.append({"id": case.name, "op": op, "args": [case.value(v) for v in args], "kwargs": {}})
        else:
            raise SystemExit(f"{op}: PyTorch takes it")
    write(folder, "errors", lines, tensors)


main(sys.argv[1])
