"""Cases whose squares, sums or products leave the range of the dtype although the answer is inside, and infinities and NaN in algorithms that
add up, select or interpolate: for `special_cases.py`."""

import math

import torch

F = torch.nn.functional
inf, nan = math.inf, math.nan
MOST = 3e38


def add_to(case, t, i):
    means(case, t)
    norms(case, t)
    losses(case, t, i)
    order(case, t)
    products(case, t, i)
    sampling(case, t)
    distances(case, t)


def means(case, t):
    for values in ([MOST, MOST], [MOST, -MOST, MOST], [MOST] * 37, [-MOST, MOST / 2, 1e30, MOST, MOST]):
        case("mean", torch.mean, t(values))
        case("nanmean", torch.nanmean, t(values + [nan]))
    table = [[MOST, MOST, 1.0, 2.0], [MOST, -MOST, 3.0, 4.0], [MOST, MOST, 5.0, 6.0]]
    for dim in (0, 1):
        case("mean", torch.mean, t(table), dim)
        case("nanmean", torch.nanmean, t(table), dim)
    case("mean", torch.mean, t([[MOST, MOST, 1.0], [inf, -MOST, 3.0], [MOST, nan, 5.0]]), 1)
    case("sum", torch.sum, t([MOST, MOST, -MOST]))
    case("sum", torch.sum, t([[MOST, 1.0], [MOST, 2.0], [-MOST, 3.0]]), 0)
    case("mean", torch.mean, t([MOST, MOST], dtype=torch.bfloat16))
    case("mean", torch.mean, t([60000.0] * 3, dtype=torch.float16))
    case("mean", torch.mean, t([1.5e308, 1.5e308, -1e308], dtype=torch.float64), out=[6.666666666666667e307])
    case("mean", torch.mean, t([1.5e308, 1.5e308], dtype=torch.float64), out=[1.5e308])
    # Differences that overflow.
    wide = [-MOST, MOST / 2, 1e30, MOST, MOST]
    for values in (wide, [MOST] * 4 + [-MOST]):
        case("std", torch.std, t(values))
        case("std", torch.std, t(values, dtype=torch.bfloat16), relative=1e-2)
    case("std", torch.std, t([MOST, MOST, MOST]))
    case("std", torch.std, t([[MOST, 1.0], [-MOST, 2.0], [MOST, 4.0]]), 0, correction=0)
    case("std_mean", torch.std_mean, t([MOST, -MOST, MOST, MOST]), correction=0)
    case("var", torch.var, t([1e19, -1e19, 1e19]))
    case("var_mean", torch.var_mean, t([1.5e19, -1e19, 1e19]))
    case("corrcoef", torch.corrcoef, t([[MOST, -MOST, MOST], [1e18, 2e18, 4e18]], False))
    case("nn.functional.avg_pool1d", F.avg_pool1d, t([[[MOST, MOST, -MOST, 1.0, MOST, MOST]]]), 2)
    case("nn.functional.avg_pool1d", F.avg_pool1d, t([[[MOST, MOST, -MOST, MOST, MOST, inf, nan]]]), 3, 1, 1)
    case("nn.functional.avg_pool2d", F.avg_pool2d, t([[[[MOST, MOST], [MOST, MOST]]]]), 2)
    case("nn.functional.adaptive_avg_pool1d", F.adaptive_avg_pool1d, t([[[MOST, MOST, MOST, 1.0]]]), 2)
    case("nn.functional.interpolate", F.interpolate, t([[[MOST, MOST, MOST, 1.0]]]), 2, mode="area")


def norms(case, t):
    row = [3.0, -4.0, 12.0, 1.5]
    by, eps = 1e25, 1e-5
    more = dict(relative=2e-3)
    x = lambda by: t([[v * by for v in row], [v * by * 0.5 for v in row[::-1]]])
    images = lambda: t([[[v * by for v in row], [v * by * 0.5 for v in row[::-1]]], [[by, 2 * by, 5 * by, 9 * by], [-by, 3 * by, 8 * by, 2.5 * by]]])
    w = lambda: t([1.0, 2.0, 0.5, -1.0])
    c = lambda: t([1.5, -2.0])
    case("nn.functional.layer_norm", F.layer_norm, x(by), [4], w(), w(), eps, **more)
    case("nn.functional.layer_norm", F.layer_norm, images(), [2, 4], **more)
    case("nn.functional.layer_norm", F.layer_norm, t([[by, 2 * by, -4 * by]]), [3], t([1.0, 2.0, 3.0]), **more)
    case("nn.functional.layer_norm", F.layer_norm, t([[by] * 4], False), [4])
    case("nn.functional.layer_norm", F.layer_norm, t([[MOST] * 3, [by] * 3], False), [3])
    case("nn.functional.batch_norm", F.batch_norm, images(), None, None, c(), c(), True, 0.1, eps, **more)
    case("nn.functional.batch_norm", F.batch_norm, images(), t([by / 2, 1.0], False), t([1e38, 1e30], False), c(), c(), False, 0.1, eps, **more)
    case("nn.functional.group_norm", F.group_norm, images(), 2, c(), c(), eps, **more)
    case("nn.functional.instance_norm", F.instance_norm, images(), None, None, c(), c(), True, 0.1, eps, **more)
    for by in (1e18, 1e25):
        case("nn.functional.local_response_norm", F.local_response_norm, t([[[by], [2 * by], [4 * by]]]), 2, **more)
    for by in (1e25, 2e37, 1e-30):
        case("nn.functional.rms_norm", F.rms_norm, x(by), [4], w(), eps if by > 1 else 0.0, **more)
        case("std", torch.std, x(by), 1, **more)
        case("linalg.vector_norm", torch.linalg.vector_norm, x(by), 2, 1)
    case("linalg.vector_norm", torch.linalg.vector_norm, t([[2.0, 1e-38, 0.0, 1e25], [1e-30, 1e-30, 3e-38, 1e20]]), 2, 0)


def losses(case, t, i):
    big = 1e25
    for loss in ("l1_loss", "smooth_l1_loss", "huber_loss"):
        case(f"nn.functional.{loss}", getattr(F, loss), t([MOST, MOST]), t([1.0, 1.0]))
    case("nn.functional.mse_loss", F.mse_loss, t([1.5e19, 1.5e19]), t([0.0, 0.0]))
    # The large terms cancel; float64 has no digit of what is left. The slopes for the target are ln t - ln x + 1/2t.
    half = lambda t: 0.5 * math.log(2 * math.pi * t)
    case("nn.functional.poisson_nll_loss", F.poisson_nll_loss, t([big, 2 * big]), t([big, big]), log_input=False, full=True, reduction="none",
         out=[[half(big), big - big * math.log(2) + half(big)]], grads=[[0.0, 0.5], [0.0, -math.log(2)]])
    case("nn.functional.poisson_nll_loss", F.poisson_nll_loss, t([1.0, 10.0]), t([big, 1e30]), full=True, reduction="none")
    case("nn.functional.poisson_nll_loss", F.poisson_nll_loss, t([1.5, 0.5, 2.0]), t([0.0, 1.0, 5.0], False), full=True, reduction="none")
    case("nn.functional.poisson_nll_loss", F.poisson_nll_loss, t([1.5, 0.5, 7.0]), t([3.0, 1.0, 5.0]), log_input=False, full=True)
    case("nn.functional.soft_margin_loss", F.soft_margin_loss, t([big, -big, 1e2]), t([1.0, 1.0, -1.0], False), reduction="none",
         out=[[0.0, big, 100.0]], grads=[[0.0, -1.0, 0.5]])


def order(case, t):
    case("nanmean", torch.nanmean, t([[nan, nan], [1.0, nan]]), 1)
    case("nanmean", torch.nanmean, t([nan, nan]))
    # Of equal elements the gradient goes to those whose positions are given; PyTorch's choice among them is its algorithm's.
    ties = [2.0, 1.0, 2.0, 1.0, 3.0]
    case("kthvalue", torch.kthvalue, t(ties), 4, out=[2.0, 2], grads=[[0.0, 0.0, 1.0, 0.0, 0.0]])
    case("quantile", torch.quantile, t(ties), 0.125, out=[1.0], grads=[[0.0, 0.5, 0.0, 0.5, 0.0]])
    for f in (torch.median, torch.nanmedian):
        for extra in ([], [nan, nan]):
            case(f.__name__, f, t(ties + extra))
            case(f.__name__, f, t(ties + extra), 0)
    case("mode", torch.mode, t(ties), 0)
    for f in (torch.amax, torch.amin):
        case(f.__name__, f, t([1.0, nan, 2.0, nan]), 0)
        case(f.__name__, f, t(nan))
        case(f.__name__, f, t(nan), 0)
        case(f.__name__, f, t([[1.0, nan], [2.0, 2.0]]), 1)
        case(f.__name__, f, t([[1.0, nan], [2.0, 2.0]]), (0, 1))
    for f in (torch.max, torch.min):
        case(f"{f.__name__}.reduction_no_dim", f, t(nan))


def others(values):
    """For each factor the product of the others, what zeros, infinities and NaN among them make of it."""
    return [math.prod(values[:k] + values[k + 1 :]) for k in range(len(values))]


def products(case, t, i):
    for f in (torch.scatter_reduce, torch.index_reduce):
        for x, source in (
            ([2.0, 3.0, 5.0], [inf, 2.0, 1e30, 1e30, 0.0]),
            ([0.0, 0.0, 2.0], [inf, 2.0, 1e30, 1e30, 3.0]),
            ([2.0, 1e-30, 2.0], [0.0, 0.0, 1e30, 1e30, nan]),
            ([2.0, 1e-30, 2.0], [0.0, 3.0, 1e-30, 1e-30, -inf]),
            ([inf, nan, 2.0], [0.0, inf, 1.0, 2.0, 4.0]),
            ([-2.0, 1.0, 0.0], [-3.0, 4.0, 0.5, -inf, 6.0]),
        ):
            for include in (True, False):
                old, new, values = [0.0] * 3, [], []
                for k, own in enumerate((source[:2], source[2:4], source[4:])):
                    slope = (1.0, 1.0, 0.5)[k]
                    parts = others(([x[k]] if include else []) + own)
                    old[k] = slope * parts[0] if include else 0.0
                    new += [slope * p for p in (parts[1:] if include else parts)]
                    values.append(math.prod(([x[k]] if include else []) + own))
                case(f.__name__, f, t(x), 0, i([0, 0, 1, 1, 2]), t(source), "prod", include_self=include, out=[values], grads=[old, new])
        at, x, source = i([0, 0, 1, 1, 2]), [2.0, 3.0, 4.0], [inf, 2.0, 3.0, nan, 5.0]
        for how in ("amax", "amin", "mean"):
            case(f.__name__, f, t(x), 0, at, t(source), how, include_self=True)
        for include in (True, False):
            case(f.__name__, f, t([MOST, 3.0, 5.0]), 0, at, t([MOST, MOST, MOST, MOST, 5.0]), "mean", include_self=include)
    for values in ([0.0, 1e30, 1e30], [0.0, inf, 2.0], [0.0, 1e30, 1e30, 0.0], [nan, 0.0, 2.0], [inf, 0.0], [inf, 2.0], [inf, -inf, 3.0], [0.0, 1e30, 1e30, 1e-30], [2.0, 0.0, 1e30, 1e30, 3.0]):
        case("prod", torch.prod, t(values), grads=[others(values)], out=[math.prod(values)])
        case("prod", torch.prod, t([values, [1.0] * len(values)]), 1, out=[[math.prod(values), 1.0]], grads=[[others(values), [1.0] * len(values)]])
    # Behind a zero nothing has a slope, and what it ended has none.
    for values, slopes in (
        ([0.0, 1e30, 1e30, 1e30], None),
        ([1e30, 1e30, 1e30, 0.0], None),
        ([0.0, inf, 2.0], None),
        ([2.0, 0.0, inf], None),
        ([0.0, 0.0, inf], None),
        ([2.0, inf, 0.0], [inf, 2.0, inf]),
        ([inf, 0.0, 0.0], [1.0, inf, 0.0]),
        ([inf, 2.0], [3.0, inf]),
        ([0.0, 1.0, 1e30, 1e30, 1e30], None),
    ):
        case("cumprod", torch.cumprod, t(values), 0, grads=slopes and [slopes])
    case("xlogy", torch.xlogy, t([nan, 0.0, 0.0, 1.0, 0.0, 0.0]), t([1.0, nan, inf, nan, 0.0, -1.0]))
    case("special.xlog1py", torch.special.xlog1py, t([nan, 0.0, 0.0, 1.0, 0.0, 0.0]), t([1.0, nan, inf, nan, -1.0, -2.0]))
    case("addcmul", torch.addcmul, t([0.0]), t([1e30]), t([1e30]), value=1e-30)


def sampling(case, t):
    pixels = [[[[inf, 2.0, 3.0], [nan, 5.0, 6.0], [7.0, 8.0, -inf]]]]
    grid = [[[[0.0, 0.0], [1.0, 1.0], [-1.0, 1.0], [0.5, -1.0]], [[-1.4, 0.9], [1.2, 0.2], [0.9, -1.3], [-2.0, 2.0]]]]
    for mode in ("bilinear", "nearest", "bicubic"):
        for padding in ("zeros", "border", "reflection"):
            for aligned in (True, False):
                options = dict(mode=mode, padding_mode=padding, align_corners=aligned, relative=1e-3)
                # In the border the place does not matter; PyTorch gives NaN, infinity times 0.
                slope = padding == "zeros" and mode == "bilinear"
                case("nn.functional.grid_sample", F.grid_sample, t(pixels), t(grid, slope), **options)
    volume = [[[[[inf, 1.0], [2.0, 3.0]], [[4.0, 5.0], [6.0, 7.0]]]]]
    case("nn.functional.grid_sample", F.grid_sample, t(volume), t([[[[[1.2, 0.5, 0.9], [-3.0, 0.0, 0.0], [1.0, 1.0, 1.0]]]]]), align_corners=True)
    for aligned in (True, False):
        for size in (1, 2, 3, 4, 5, 7):
            case("nn.functional.interpolate", F.interpolate, t([[[1.0, inf, 3.0, nan]]]), size, mode="linear", align_corners=aligned)
        for size in ((2, 2), (3, 3), (3, 5), (5, 3)):
            for mode in ("bilinear", "bicubic"):
                case("nn.functional.interpolate", F.interpolate, t(pixels), size, mode=mode, align_corners=aligned, relative=1e-3)


def distances(case, t):
    many = lambda by: t([[by * (k % 5), by * (k % 7)] for k in range(27)])
    for by in (1e25, 3e37, 1e-30, 1.0):
        case("cdist", torch.cdist, many(by), t([[by * 3.5, -by], [0.25 * by, 0.5 * by]]), relative=1e-3)
    near = t([[1000.0 + 2**-10 * k, 1000.0] for k in range(27)])
    case("cdist", torch.cdist, near, t([[1000.0, 1000.5], [1000.5, 1000.25]]), relative=1e-3)
    case("nn.functional.pdist", F.pdist, many(1e25), relative=1e-3)
    mixed = [1e25, 2e25, 1e-25, 3e-25, 1.0, 2.0]
    for p in (1.0, 2.0, 3.0, 0.5, -2.0):
        case("nn.functional.lp_pool1d", F.lp_pool1d, t([[mixed]]), p, 2)
        case("nn.functional.lp_pool1d", F.lp_pool1d, t([[[0.5, 2.0, inf, 1.0, nan, 1.0]]], False), p, 2)
        case("nn.functional.lp_pool1d", F.lp_pool1d, t([[[1.0, 2.0, 3.0, 4.0, 6.0]]]), p, 2, 2, True)
        case("nn.functional.lp_pool1d", F.lp_pool1d, t([[[1.0, 2.0, 3.0, 4.0, 6.0, 1e25]]]), p, 3, 2, True)
    case("nn.functional.lp_pool2d", F.lp_pool2d, t([[[mixed[:4], mixed[:4]]]]), 2.0, 2)
