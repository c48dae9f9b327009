#!/usr/bin/env python3
"""Makes a folder of conformance cases from PyTorch's own databases of samples.

    python3 make_cases.py FOLDER [--seed 0] [--per-name 0] [--names a,b] [--sections ops,errors] [--together]

Needs torch, numpy, safetensors, expecttest. --per-name keeps that many cases of each name and dtype, spread over the samples (0: all);
--together writes one file a section instead of one a name. The folder's form: lines of JSON beside safetensors files; `folder.rs` reads it.

The selection in this folder: python3 make_cases.py selection --seed 3 --per-name 2 --small 60 --largest 3000 --together
The half dtypes in this folder: python3 make_cases.py halves --seed 5 --per-name 2 --small 40 --largest 500 --together --sections ops
    --dtypes float16,bfloat16

PyTorch rounds every intermediate result of float16 and bfloat16, so its own answers are no measure there: the expected results and
gradients of such cases are computed in float64 from the half inputs and rounded once.
"""

import argparse
import copy
import functools
import itertools
import json
import math
import os
import random
import warnings

import numpy
import torch
from safetensors.torch import save_file
from torch.testing import make_tensor
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_modules import FunctionInput, ModuleInput, module_db
from torch.testing._internal.common_optimizers import optim_db
from torch.testing._internal.opinfo.core import SampleInput

# Results that are drawn: only shape and dtype can be compared.
DRAWN = {
    "bernoulli", "cauchy", "exponential", "geometric", "log_normal", "multinomial", "normal", "rand_like", "randint", "randint_like",
    "randn", "randn_like", "uniform", "nn.functional.dropout", "nn.functional.dropout2d", "nn.functional.dropout3d",
    "nn.functional.alpha_dropout", "nn.functional.feature_alpha_dropout", "nn.functional.rrelu",
}
SPECIAL = ("linalg.", "fft.", "signal.", "special.", "cholesky")
SPECIAL_NAMES = {
    "cov", "corrcoef", "histc", "histogram", "quantile", "nanquantile", "i0", "logdet", "erfinv", "lgamma", "digamma", "pinverse", "matrix_exp",
}
# Their results are uninitialized, complex, sparse, or objects of Python.
LEFT_OUT = {"empty", "empty_like", "empty_strided", "empty_permuted", "new_empty", "new_empty_strided", "item", "scalar_tensor"}


HALVES = (torch.float16, torch.bfloat16)
# Their results depend on the dtype itself (its limits, its neighbouring numbers, its bits), so float64 cannot stand in for a half dtype.
OF_THE_DTYPE = {"nextafter", "nan_to_num", "frexp", "view", "nn.functional.rms_norm", "linalg.matrix_rank", "linalg.pinv", "pinverse", "masked_fill"}


class Unencodable(Exception):
    pass


class Case:
    """One case being written: values to JSON, tensors to keys."""

    largest = 20_000  # elements of a tensor; more show nothing that fewer do not

    numbers = itertools.count()

    def __init__(self, name, tensors):
        self.name, self.tensors = name, tensors

    def keep(self, tensor, what):
        t = tensor.detach()
        if t.layout != torch.strided or t.is_complex() or t.is_quantized or t.device.type != "cpu":
            raise Unencodable("a tensor that is complex, sparse, quantised or without data")
        if t.dtype in (torch.uint16, torch.uint32, torch.uint64):
            raise Unencodable("a dtype that tensors do not have")
        if t.numel() > Case.largest or t.dim() > 8:
            raise Unencodable("too large")
        key = f"{what}{next(Case.numbers)}"
        self.tensors[key] = t.resolve_neg().clone(memory_format=torch.contiguous_format)
        return key

    def value(self, v):
        if isinstance(v, torch.Tensor):
            return {"tensor": self.keep(v, "in")}
        if v is None or isinstance(v, (bool, str)):
            return v
        if isinstance(v, (int, numpy.integer)):
            return int(v)
        if isinstance(v, (float, numpy.floating)):
            if math.isfinite(v):
                return float(v)
            return {"float": "nan" if math.isnan(v) else "inf" if v > 0 else "-inf"}
        if isinstance(v, torch.dtype):
            return {"dtype": str(v).removeprefix("torch.")}
        if isinstance(v, torch.device):
            return {"device": str(v)}
        if isinstance(v, torch.memory_format):
            return {"memory_format": str(v).removeprefix("torch.")}
        if v is torch.strided:
            return "strided"
        if isinstance(v, slice):
            if any(isinstance(p, torch.Tensor) for p in (v.start, v.stop, v.step)):
                raise Unencodable("a slice of tensors")
            return {"slice": [v.start, v.stop, v.step]}
        if v is Ellipsis:
            return {"ellipsis": True}
        if isinstance(v, (tuple, torch.Size)):
            return {"tuple": [self.value(x) for x in v]}
        if isinstance(v, list):
            return {"list": [self.value(x) for x in v]}
        raise Unencodable(type(v).__name__)


def copied(v, dtype=None):
    """The same value with tensors of its own; those of float32 and the half dtypes, and the names of these dtypes, in `dtype`, if one is given."""
    if isinstance(v, torch.Tensor):
        t = v.detach().clone(memory_format=torch.contiguous_format)
        t = t.to(dtype) if dtype and t.dtype in (torch.float32, *HALVES) else t
        return t.requires_grad_(v.requires_grad)
    if isinstance(v, torch.dtype):
        return dtype if dtype and v in HALVES else v
    if isinstance(v, tuple) and not isinstance(v, torch.Size):
        return tuple(copied(x, dtype) for x in v)
    if isinstance(v, list):
        return [copied(x, dtype) for x in v]
    if isinstance(v, dict):
        return {k: copied(x, dtype) for k, x in v.items()}
    return v


def flattened(v):
    if isinstance(v, torch.Tensor):
        return [v]
    if isinstance(v, (list, tuple)):
        return [t for x in v for t in flattened(x)]
    if isinstance(v, bool):
        return [torch.tensor(v)]
    if isinstance(v, int):
        return [torch.tensor(v)]
    if isinstance(v, float):
        return [torch.tensor(v)]
    raise Unencodable(f"a result that is {type(v).__name__}")


def attempt(options, name, make, *given):
    """The line of a case and its tensors; None for one that cannot be written down or that PyTorch itself refuses."""
    tensors = {}
    try:
        return make(*given, Case(name, tensors)), tensors
    except (Unencodable, RuntimeError, NotImplementedError, TypeError, ValueError, IndexError, AttributeError) as e:
        if options.verbose:
            print(f"{name}: {e}")
        return None


def keep(made, options, lines, tensors, small=None):
    """Adds the cases that were made; of more than asked for, some that are spread evenly over the small ones."""
    made = [m for m in made if m is not None]
    count = options.per_name
    if 0 < count < len(made):
        size = [sum(t.numel() for t in own.values()) for _, own in made]
        small = small or options.small
        limit = max(small, min(size))
        made = [m for m, n in zip(made, size) if n <= limit]
        count = min(count, len(made)) if limit == small else 1
        made = [made[i * len(made) // count] for i in range(count)]
    for line, own in made:
        lines.append(line)
        tensors.update(own)


def keys_of(encoded):
    """Keys of tensors in the order in which `copied` meets them."""
    if isinstance(encoded, dict):
        if "tensor" in encoded:
            return [encoded["tensor"]]
        return [k for v in encoded.values() for k in keys_of(v)]
    if isinstance(encoded, list):
        return [k for v in encoded for k in keys_of(v)]
    return []


def tensors_of(v):
    if isinstance(v, torch.Tensor):
        return [v]
    if isinstance(v, (list, tuple)):
        return [t for x in v for t in tensors_of(x)]
    if isinstance(v, dict):
        return [t for x in v.values() for t in tensors_of(x)]
    return []


def with_gradients(case, outputs, inputs):
    """Cotangents for the results, and what comes back to `inputs` (key → tensor)."""
    differentiable = [(i, o) for i, o in enumerate(outputs) if o.requires_grad and o.is_floating_point()]
    if not differentiable or not inputs:
        return {}, {}
    cotangents = [torch.randn(o.shape, dtype=o.dtype) for _, o in differentiable]
    found = torch.autograd.grad([o for _, o in differentiable], list(inputs.values()), cotangents, allow_unused=True)
    kept = {str(i): case.keep(c, "cot") for (i, _), c in zip(differentiable, cotangents)}
    return kept, {k: None if g is None else case.keep(g, "grad") for k, g in zip(inputs, found)}


def leaves(inputs):
    return {k: t for k, t in inputs.items() if t.requires_grad and t.is_leaf}


def is_half(v):
    return any(t.dtype in HALVES for t in tensors_of(v))


def half_case(op, name, case, line, args, kwargs):
    """Completes a case of a half dtype: PyTorch says the dtypes of the results, float64 rounded once says their values."""
    if op.name in OF_THE_DTYPE or name in OF_THE_DTYPE:
        raise Unencodable("float64 cannot stand in for its dtype")
    keys = keys_of([line["args"], line["kwargs"]])
    dtypes = [o.dtype for o in flattened(op.op(*copied(args), **copied(kwargs)))]
    if op.name in DRAWN or name in DRAWN:
        raise Unencodable("its result is drawn")
    found = {}
    drawn = None
    for precision in (torch.float64, torch.float32):
        exact = copied(args, precision), copied(kwargs, precision)
        inputs = leaves(dict(zip(keys, tensors_of(exact), strict=True)))
        outputs = flattened(op.op(*exact[0], **exact[1]))
        differentiable = [(i, o) for i, o in enumerate(outputs) if o.requires_grad and o.is_floating_point()]
        grads = []
        if differentiable and inputs:
            drawn = drawn or [torch.randn(o.shape).to(dtypes[i]) for i, o in differentiable]
            cotangents = [c.to(o.dtype) for c, (_, o) in zip(drawn, differentiable)]
            grads = torch.autograd.grad([o for _, o in differentiable], list(inputs.values()), cotangents, allow_unused=True)
        found[precision] = outputs, [i for i, _ in differentiable], dict(zip(inputs, grads))
    (outputs, positions, grads), (rough, _, rough_grads) = found[torch.float64], found[torch.float32]
    for exact, single in [*zip(outputs, rough, strict=True), *((g, rough_grads[k]) for k, g in grads.items() if g is not None)]:
        if not torch.allclose(single.double(), exact.double(), rtol=2e-5, atol=2e-6, equal_nan=True):
            raise Unencodable("float32 does not determine it")
    line["outputs"] = [case.keep(o.detach().to(d), "out") for o, d in zip(outputs, dtypes, strict=True)]
    if grads:
        line["cotangents"] = {str(i): case.keep(c, "cot") for i, c in zip(positions, drawn)}
        line["grads"] = {k: None if g is None else case.keep(g.to(case.tensors[k].dtype), "grad") for k, g in grads.items()}
    return line


def settled(case, outputs, exact_outputs, cotangents, grads, inputs):
    """Refuses a case of which float64 gives another answer: nobody can be held to what float32 does not determine."""
    if len(outputs) != len(exact_outputs):
        raise Unencodable("float64 gives another number of results")
    pairs = list(zip(exact_outputs, outputs))
    if grads:
        roots = [(exact_outputs[int(i)], case.tensors[c].double()) for i, c in cotangents.items()]
        roots = [(o, c.to(o.dtype)) for o, c in roots if o.requires_grad]
        found = torch.autograd.grad([o for o, _ in roots], list(inputs.values()), [c for _, c in roots], allow_unused=True)
        pairs += [(g, grads[k]) for k, g in zip(inputs, found) if g is not None and grads.get(k) is not None]
    for exact, key in pairs:
        given = case.tensors[key]
        if not given.is_floating_point() or given.shape != exact.shape:
            continue
        if not torch.allclose(given.double(), exact.detach().double(), rtol=5e-5, atol=5e-6, equal_nan=True):
            raise Unencodable("float32 does not determine it")


def op_case(op, name, sample, case):
    args, kwargs = [sample.input, *sample.args], dict(sample.kwargs)
    line = {
        "id": case.name,
        "op": op.name,
        "variant": op.variant_test_name,
        "tier": 2 if op.name.startswith(SPECIAL) or op.name in SPECIAL_NAMES else 1,
        "args": [case.value(v) for v in args],
        "kwargs": {k: case.value(v) for k, v in kwargs.items()},
    }
    if is_half([args, kwargs]):
        return half_case(op, name, case, line, args, kwargs)
    keys = keys_of([line["args"], line["kwargs"]])
    exact = copied(args, torch.float64), copied(kwargs, torch.float64)
    args, kwargs = copied(args), copied(kwargs)
    inputs = dict(zip(keys, tensors_of([args, kwargs]), strict=True))
    torch.manual_seed(42)
    outputs = flattened(op.op(*args, **kwargs))
    line["outputs"] = [case.keep(o, "out") for o in outputs]
    if op.name in DRAWN or name in DRAWN:
        line["compare"] = "shape"
        return line
    cotangents, grads = with_gradients(case, outputs, leaves(inputs))
    if grads:
        line["cotangents"], line["grads"] = cotangents, grads
    torch.manual_seed(42)
    exact_outputs = flattened(op.op(*exact[0], **exact[1]))
    settled(case, line["outputs"], exact_outputs, cotangents, grads, leaves(dict(zip(keys, tensors_of(exact)))))
    return line


def small_samples(name, dtype, requires_grad):
    """Samples for names of which the database has only large ones."""
    new = functools.partial(make_tensor, device="cpu", dtype=dtype, requires_grad=requires_grad)
    if name == "msort":
        yield SampleInput(new((4, 3)))
    elif name == "slice_scatter":
        yield SampleInput(new((3, 6)), args=(new((3, 2)), 1, 1, 5, 2))
    elif name == "kron":
        yield SampleInput(new((2, 3)), args=(new((3, 2)),))
    elif name == "nn.functional.ctc_loss":
        log_probs = torch.randn(8, 2, 4).log_softmax(2).detach().requires_grad_(requires_grad)
        yield SampleInput(log_probs, args=(torch.tensor([[1, 2, 2], [3, 1, 0]]), torch.tensor([8, 6]), torch.tensor([3, 2])))


class Own:
    """A name of PyTorch's that its database has no samples of."""

    variant_test_name = ""
    dtypes = (torch.float32,)
    supports_autograd = True

    def __init__(self, name, op, *samples):
        self.name, self.op, self.samples = name, op, samples

    def sample_inputs(self, device, dtype, requires_grad):
        new = functools.partial(make_tensor, device=device, dtype=dtype, requires_grad=requires_grad)
        for shapes, args, kwargs in self.samples:
            first, *others = [new(shape) for shape in shapes]
            yield SampleInput(first, args=(*others, *args), kwargs=kwargs)


F = torch.nn.functional
OWN = [
    Own("nn.functional.fold", F.fold, ([(2, 12, 6)], ((3, 4), (2, 2)), {}), ([(8, 9)], ((5, 5), 2), {"padding": 1, "stride": 2})),
    Own("nn.functional.affine_grid", F.affine_grid, ([(2, 2, 3)], ((2, 1, 3, 4),), {"align_corners": False}), ([(1, 3, 4)], ((1, 2, 2, 3, 2),), {"align_corners": True})),
    Own("nn.functional.lp_pool1d", F.lp_pool1d, ([(2, 3, 7)], (2.0, 3), {}), ([(3, 6)], (3.0, 2, 1), {"ceil_mode": True})),
    Own("nn.functional.lp_pool2d", F.lp_pool2d, ([(1, 2, 5, 4)], (2.0, (3, 2)), {"stride": 1})),
    Own("nn.functional.lp_pool3d", F.lp_pool3d, ([(1, 1, 3, 4, 3)], (4.0, 2), {})),
    Own("nn.functional.dropout1d", F.dropout1d, ([(2, 3, 4)], (0.5, False), {})),
    Own("cosine_similarity", torch.cosine_similarity, ([(3, 4), (3, 4)], (), {"dim": 0}), ([(2, 3, 4), (4,)], (), {"dim": -1})),
    Own("chain_matmul", lambda *m: torch.linalg.multi_dot(m), ([(2, 5), (5, 3), (3, 4)], (), {})),
    Own("ger", torch.ger, ([(3,), (4,)], (), {})),
    Own("det", torch.det, ([(3, 3)], (), {}), ([(2, 2, 2)], (), {})),
    Own("slogdet", torch.slogdet, ([(3, 3)], (), {})),
    Own("linalg.matrix_exp", torch.linalg.matrix_exp, ([(3, 3)], (), {}), ([(2, 2, 2)], (), {})),
    Own("inverse", torch.inverse, ([(3, 3)], (), {})),
    Own("matrix_power", torch.matrix_power, ([(3, 3)], (3,), {}), ([(2, 2, 2)], (-2,), {})),
]


def ops(folder, options):
    written = []
    for op in [*op_db, *OWN]:
        name = op.name + (f".{op.variant_test_name}" if op.variant_test_name else "")
        private = op.name.startswith("_") and not op.name.startswith("__")
        if private or op.name.startswith(("torch.", "sparse.", "masked.", "jiterator")) or op.name in LEFT_OUT or skipped(name, op.name, options):
            continue
        lines, tensors = [], {}
        for dtype in options.dtypes:
            if dtype not in op.dtypes:
                continue
            try:
                differentiable = op.supports_autograd and dtype.is_floating_point
                seed(options.seed, f"{name}/{dtype}")
                samples = list(op.sample_inputs("cpu", dtype, requires_grad=differentiable)) + list(small_samples(name, dtype, differentiable))
            except Exception as e:  # a database entry that needs what is not installed
                print(f"{name}: {e}")
                continue
            short = str(dtype).removeprefix("torch.")
            made = (attempt(options, f"{name}/{short}/{i}", op_case, op, name, sample) for i, sample in enumerate(samples))
            keep(made, options, lines, tensors)
        if lines:
            written.append((name, lines, tensors))
    write(os.path.join(folder, "ops"), written, options)
    index = {"torch": torch.__version__, "source": "torch.testing op_db", "ops": [name for name, _, _ in written]}
    with open(os.path.join(folder, "ops", "index.json"), "w") as f:
        json.dump(index, f, indent=0)


def errors(folder, options):
    lines, tensors = [], {}
    for op in op_db:
        name = op.name + (f".{op.variant_test_name}" if op.variant_test_name else "")
        if op.error_inputs_func is None or skipped(name, op.name, options):
            continue
        seed(options.seed, f"{name}/errors")
        try:
            refused = list(enumerate(op.error_inputs("cpu")))
        except Exception as e:
            print(f"{name}: {e}")
            continue
        made = (attempt(options, f"{name}/{i}", error_case, op, error) for i, error in refused)
        keep(made, options, lines, tensors)
    write(os.path.join(folder, "errors"), [("errors", lines, tensors)], options)


def error_case(op, error, case):
    sample = error.sample_input
    args, kwargs = [sample.input, *sample.args], dict(sample.kwargs)
    line = {"id": case.name, "op": op.name, "args": [case.value(v) for v in args], "kwargs": {k: case.value(v) for k, v in kwargs.items()}}
    args, kwargs = copied(args), copied(kwargs)
    try:
        op.op(*args, **kwargs)
    except Exception as e:
        line["torch_error"], line["torch_message"] = type(e).__name__, str(error.error_regex)[:200]
        return line
    raise Unencodable("PyTorch takes it")


class OwnModule:
    """A module that PyTorch's database has no samples of: how it is made, and what it is called with."""

    def __init__(self, cls, *samples):
        self.name, self.module_cls, self.samples = f"nn.{cls.__name__}", cls, samples

    def module_inputs_func(self, info, device, dtype, requires_grad, training):
        for args, inputs in self.samples:
            inputs = [t.clone().requires_grad_(requires_grad and t.is_floating_point()) for t in inputs()]
            yield ModuleInput(FunctionInput(*args), FunctionInput(*inputs))


def drawn(*shapes):
    return lambda: [torch.randn(shape) for shape in shapes]


def pooled(pool, shape):
    return lambda: list(pool(torch.randn(shape), 2, return_indices=True))


nn = torch.nn
OWN_MODULES = [
    OwnModule(nn.Hardsigmoid, ((), drawn((2, 5)))),
    OwnModule(nn.RReLU, ((0.1, 0.3), drawn((2, 5)))),
    OwnModule(nn.CosineSimilarity, ((1, 1e-6), drawn((3, 4), (3, 4)))),
    OwnModule(nn.PairwiseDistance, ((3.0,), drawn((3, 4), (3, 4)))),
    OwnModule(nn.Dropout, ((0.3,), drawn((2, 3)))),
    OwnModule(nn.Dropout1d, ((0.3,), drawn((2, 3, 2)))),
    OwnModule(nn.Dropout2d, ((0.3,), drawn((1, 2, 2, 2)))),
    OwnModule(nn.Dropout3d, ((0.3,), drawn((1, 2, 2, 2, 1)))),
    OwnModule(nn.AlphaDropout, ((0.3,), drawn((2, 3)))),
    OwnModule(nn.FeatureAlphaDropout, ((0.3,), drawn((2, 3)))),
    OwnModule(nn.EmbeddingBag, ((5, 3), lambda: [torch.tensor([0, 4, 1, 1, 3]), torch.tensor([0, 2])])),
    OwnModule(nn.Identity, ((), drawn((2, 3)))),
    OwnModule(nn.TripletMarginLoss, ((0.7, 3.0), drawn((3, 4), (3, 4), (3, 4)))),
    OwnModule(nn.TripletMarginWithDistanceLoss, ((), drawn((3, 4), (3, 4), (3, 4)))),
    OwnModule(nn.MaxUnpool1d, ((2,), pooled(F.max_pool1d, (2, 3, 6)))),
    OwnModule(nn.MaxUnpool2d, ((2,), pooled(F.max_pool2d, (1, 2, 4, 6)))),
    OwnModule(nn.MaxUnpool3d, ((2,), pooled(F.max_pool3d, (1, 2, 2, 4)))),
    OwnModule(nn.ChannelShuffle, ((2,), drawn((1, 4, 2, 2)))),
    OwnModule(nn.PixelShuffle, ((2,), drawn((1, 4, 2, 3)))),
    OwnModule(nn.PixelUnshuffle, ((2,), drawn((1, 1, 4, 2)))),
    OwnModule(nn.Fold, (((3, 4), (2, 2)), drawn((1, 4, 6)))),
    OwnModule(nn.Unfold, (((2, 2), 1, 1, 2), drawn((1, 2, 3, 4)))),
    OwnModule(nn.Upsample, ((None, 2.0, "bilinear", True), drawn((1, 1, 2, 3))), (((5,),), drawn((1, 2, 3)))),
    OwnModule(nn.UpsamplingBilinear2d, (((3, 4),), drawn((1, 1, 2, 2)))),
    OwnModule(nn.UpsamplingNearest2d, ((None, 2), drawn((1, 1, 2, 2)))),
    OwnModule(nn.Flatten, ((1, -1), drawn((2, 3, 2)))),
    OwnModule(nn.Unflatten, ((1, (2, 2)), drawn((2, 4)))),
]


def modules(folder, options):
    written = []
    for info in [*module_db, *OWN_MODULES]:
        name = info.name
        if skipped(name, name, options):
            continue
        lines, tensors = [], {}
        for training in [True, False]:
            seed(options.seed, f"{name}/{training}")
            try:
                inputs = list(info.module_inputs_func(info, "cpu", torch.float32, True, training))
            except Exception as e:
                print(f"{name}: {e}")
                continue
            mode = "train" if training else "eval"
            made = (attempt(options, f"{name}/{mode}/{i}", module_case, info, given, training) for i, given in enumerate(inputs))
            keep(made, options, lines, tensors)
        if lines:
            written.append((name, lines, tensors))
    write(os.path.join(folder, "modules"), written, options)


def module_case(info, given, training, case):
    made, called = given.constructor_input, given.forward_input
    line = {
        "id": case.name,
        "module": info.name,
        "training": training,
        "init_args": [case.value(v) for v in made.args],
        "init_kwargs": {k: case.value(v) for k, v in made.kwargs.items()},
    }
    module = info.module_cls(*made.args, **made.kwargs)
    module.train(training)
    random_parts = (nn.modules.dropout._DropoutNd, nn.RReLU)
    if training and any(isinstance(m, random_parts) and getattr(m, "p", 1) or getattr(m, "dropout", None) for m in module.modules()):
        raise Unencodable("its result is drawn")
    line["state"] = {k: case.keep(v, "state") for k, v in module.state_dict().items()}
    line["args"] = [case.value(v) for v in called.args]
    line["kwargs"] = {k: case.value(v) for k, v in called.kwargs.items()}
    keys = keys_of([line["args"], line["kwargs"]])
    exact_module, exact = copy.deepcopy(module).double(), (copied(list(called.args), torch.float64), copied(dict(called.kwargs), torch.float64))
    args, kwargs = copied(list(called.args)), copied(dict(called.kwargs))
    inputs = dict(zip(keys, tensors_of([args, kwargs]), strict=True))
    outputs = results(module, args, kwargs)
    line["outputs"] = [case.keep(o, "out") for o in outputs]
    persistent = set(module.state_dict())
    line["state_after"] = {k: case.keep(v, "after") for k, v in module.named_buffers() if k in persistent}
    wanted = leaves(inputs)
    cotangents, found = with_gradients(case, outputs, {**wanted, **parameters(module)})
    line["cotangents"] = cotangents
    line["grads"] = {k: g for k, g in found.items() if k in wanted}
    line["param_grads"] = {k.removeprefix("parameter "): g for k, g in found.items() if k not in wanted}
    exact_outputs = results(exact_module, *exact)
    exact_inputs = {**leaves(dict(zip(keys, tensors_of(exact)))), **parameters(exact_module)}
    settled(case, line["outputs"], exact_outputs, cotangents, found, exact_inputs)
    return line


def results(module, args, kwargs):
    found = module(*args, **kwargs)
    found = list(found) if isinstance(found, (list, tuple)) else [found]
    return flattened([o for o in found if o is not None])


def parameters(module):
    return {f"parameter {k}": p for k, p in module.named_parameters()}


def optimizers(folder, options):
    written = []
    for info in optim_db:
        name = info.optim_cls.__name__
        if skipped(name, name, options) or name in ("LBFGS", "SparseAdam"):
            continue
        lines, tensors = [], {}
        seed(options.seed, name)
        given = [g for g in info.optim_inputs_func("cpu") if not torch.is_tensor(g.kwargs.get("lr"))]
        made = (attempt(options, f"{name}/{i}", optimizer_case, info, settings) for i, settings in enumerate(given))
        keep(made, options, lines, tensors, math.inf)
        if lines:
            written.append((name, lines, tensors))
    write(os.path.join(folder, "optimizers"), written, options)


def optimizer_case(info, settings, case):
    name = info.optim_cls.__name__
    shapes = [(3, 4), (5, 2)] if name == "Muon" else [(3, 4), (5,), ()]
    params = [torch.randn(s, requires_grad=True) for s in shapes]
    line = {"id": case.name, "optimizer": name, "kwargs": {k: case.value(v) for k, v in settings.kwargs.items()}}
    line["params"] = [case.keep(p, "start") for p in params]
    optimizer = info.optim_cls(params, **settings.kwargs)
    line["steps"] = []
    for _ in range(12):
        for p in params:
            p.grad = torch.randn_like(p)
        grads = [case.keep(p.grad, "g") for p in params]
        optimizer.step()
        line["steps"].append({"grads": grads, "params": [case.keep(p, "p") for p in params]})
    return line


def schedulers(folder, options):
    s = torch.optim.lr_scheduler
    table = [
        (s.StepLR, {"step_size": 4, "gamma": 0.3}),
        (s.MultiStepLR, {"milestones": [2, 9, 9, 20], "gamma": 0.4}),
        (s.ExponentialLR, {"gamma": 0.95}),
        (s.ConstantLR, {"factor": 0.25, "total_iters": 6}),
        (s.LinearLR, {"start_factor": 0.2, "end_factor": 0.9, "total_iters": 8}),
        (s.PolynomialLR, {"total_iters": 30, "power": 1.7}),
        (s.CosineAnnealingLR, {"T_max": 11, "eta_min": 0.002}),
        (s.CosineAnnealingWarmRestarts, {"T_0": 4, "T_mult": 3, "eta_min": 0.001}),
        (s.CyclicLR, {"base_lr": 0.02, "max_lr": 0.3, "step_size_up": 5, "step_size_down": 7, "mode": "triangular2"}),
        (s.CyclicLR, {"base_lr": 0.01, "max_lr": 0.2, "step_size_up": 6, "mode": "exp_range", "gamma": 0.97, "base_momentum": 0.7, "max_momentum": 0.95}),
        (s.OneCycleLR, {"max_lr": 0.5, "total_steps": 45, "pct_start": 0.4, "anneal_strategy": "linear", "three_phase": True}),
        (s.OneCycleLR, {"max_lr": 0.4, "epochs": 9, "steps_per_epoch": 5, "div_factor": 10.0, "final_div_factor": 50.0}),
        (s.ReduceLROnPlateau, {"factor": 0.3, "patience": 1, "cooldown": 2, "threshold": 0.05, "threshold_mode": "abs"}),
        (s.ReduceLROnPlateau, {"mode": "max", "factor": 0.6, "patience": 3, "min_lr": 0.01}),
    ]
    lines, counts = [], {}
    for cls, kwargs in table:
        name = cls.__name__
        if skipped(name, name, options):
            continue
        seed(options.seed, name)
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
        scheduler = cls(optimizer, **kwargs)
        group = optimizer.param_groups[0]
        metrics = [round(random.uniform(0, 1) + 3 / (i + 1), 6) for i in range(39)] if name == "ReduceLROnPlateau" else []
        lrs, momenta = [group["lr"]], [group["momentum"]]
        for i in range(39):
            optimizer.step()
            scheduler.step(*metrics[i : i + 1])
            lrs.append(group["lr"])
            momenta.append(group["momentum"])
        number = counts[name] = counts.get(name, -1) + 1
        lines.append(
            {"id": f"{name}/{number}", "scheduler": name, "kwargs": kwargs, "base_lr": 0.1, "base_momentum": 0.9, "metrics": metrics, "lrs": lrs, "momenta": momenta}
        )
    write(os.path.join(folder, "schedulers"), [("schedulers", lines, {})], options)


def draws(folder, options):
    lines, tensors = [], {}
    for s in [options.seed * 3 + 1, options.seed * 3 + 2**32 - 1]:
        case = Case(f"stream/{s}", tensors)
        torch.manual_seed(s)
        linear = {}

        def made(size):
            linear["layer"] = torch.nn.Linear(size["in"], size["out"])
            return linear["layer"].weight

        calls = [
            ("rand", {"size": [3, 5]}, lambda k: torch.rand(k["size"])),
            ("randn", {"size": [2, 2]}, lambda k: torch.randn(k["size"])),
            ("randn", {"size": [6, 7]}, lambda k: torch.randn(k["size"])),
            ("randint", {"low": -3, "high": 12, "size": [15]}, lambda k: torch.randint(k["low"], k["high"], k["size"])),
            ("randperm", {"n": 77}, lambda k: torch.randperm(k["n"])),
            ("bernoulli", {"p": 0.6, "size": [50]}, lambda k: torch.empty(k["size"]).bernoulli_(k["p"])),
            ("uniform_", {"from": 1.0, "to": 4.0, "size": [21]}, lambda k: torch.empty(k["size"]).uniform_(k["from"], k["to"])),
            ("normal_", {"mean": -1.0, "std": 2.0, "size": [19]}, lambda k: torch.empty(k["size"]).normal_(k["mean"], k["std"])),
            ("rand_f64", {"size": [7]}, lambda k: torch.rand(k["size"], dtype=torch.float64)),
            ("randn_f64", {"size": [18]}, lambda k: torch.randn(k["size"], dtype=torch.float64)),
            ("dropout", {"p": 0.4, "ones": [5, 9]}, lambda k: torch.nn.functional.dropout(torch.ones(k["ones"]), k["p"])),
            ("Linear.weight", {"in": 4, "out": 7}, made),
            ("Linear.bias", {}, lambda k: linear["layer"].bias),
        ]
        line = {"id": case.name, "seed": s, "draws": []}
        for call, kwargs, run in calls:
            line["draws"].append({"call": call, "kwargs": kwargs, "output": case.keep(run(kwargs), "d")})
        lines.append(line)
    write(os.path.join(folder, "random"), [("random", lines, tensors)], options)


def skipped(name, base, options):
    return options.names and name not in options.names and base not in options.names


def seed(number, name):
    torch.manual_seed(number + sum(map(ord, name)))
    random.seed(number)
    numpy.random.seed(number)


def write(folder, written, options):
    """One pair of files a name, or one for all."""
    os.makedirs(folder, exist_ok=True)
    if options.together:
        name = os.path.basename(folder)
        written = [(name, [l for _, lines, _ in written for l in lines], {k: t for _, _, tensors in written for k, t in tensors.items()})]
    for name, lines, tensors in written:
        with open(os.path.join(folder, name + ".jsonl"), "w") as f:
            f.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
        if tensors:
            save_file(tensors, os.path.join(folder, name + ".safetensors"))


SECTIONS = {"ops": ops, "modules": modules, "optimizers": optimizers, "schedulers": schedulers, "errors": errors, "random": draws}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--per-name", type=int, default=0)
    parser.add_argument("--names", type=lambda s: set(s.split(",")), default=set())
    parser.add_argument("--sections", type=lambda s: s.split(","), default=list(SECTIONS))
    parser.add_argument("--dtypes", type=lambda s: [getattr(torch, d) for d in s.split(",")], default=[torch.float32, torch.int64])
    parser.add_argument("--small", type=int, default=20_000, help="with --per-name, rather cases of at most so many elements")
    parser.add_argument("--largest", type=int, default=Case.largest, help="no tensor of more elements")
    parser.add_argument("--together", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    Case.largest = options.largest
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    for name in options.sections:
        os.makedirs(os.path.join(options.folder, name), exist_ok=True)
        SECTIONS[name](options.folder, options)


if __name__ == "__main__":
    main()
