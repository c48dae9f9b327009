#!/usr/bin/env python3
"""PyTorch's times on the CPU for the rows of the program `peers`: one JSON object, seconds by key.

The workloads are those of `benches/src/peers`: same shapes, layers and optimizers. A set-up is a way to run PyTorch that its users know:

plain     as installed
malloc    glibc keeps freed memory (GLIBC_TUNABLES), so that large results do not fault their pages in again and again
fused     malloc, and optimizers with fused=True
compiled  malloc, fused optimizers, and models through torch.compile; requires a C++ compiler
single    malloc and one thread, which is faster where the work is too small to divide

`fused`, `compiled` and `single` measure only the rows that they can make faster.
"""
import argparse
import json
import os
import shutil
import statistics
import sys
import time
import typing

SETUPS = ("plain", "malloc", "fused", "compiled", "single")
SMALL = ("matmul_64x64x64", "matmul_64x108x32", "adult_", "overhead_", "chain100_")
"""Rows that one thread may compute faster than several."""
TUNABLES = "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184:glibc.malloc.top_pad=67108864"
MEMORY = {"adult": "adult_", "mnist": "mnist_", "cnn": "cnn_", "gpt": "gpt_"}
CPUS = os.cpu_count() or 1


class Row(typing.NamedTuple):
    key: str
    make: typing.Callable
    """Makes the inputs and returns the work: a function without arguments."""
    grad: bool = True
    changed_by: tuple = ()
    """Set-ups that change more than the memory."""
    times: int = 1
    """Repetitions within the work."""
    part: bool = False
    """Whether the work measures the part of itself that counts and returns its seconds."""


def flags():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="threads, each pinned to a CPU of its own (default: 2)")
    parser.add_argument("--only", action="append", default=[], metavar="PREFIX",
                        help="only the rows whose key starts with this; may be given several times")
    parser.add_argument("--quick", action="store_true", help="few and short samples: shows that everything runs, not how fast")
    parser.add_argument("--list", action="store_true", help="print the keys instead of measuring")
    parser.add_argument("--setup", choices=SETUPS, default="plain", help="how PyTorch is set up (default: plain)")
    parser.add_argument("--memory", choices=MEMORY, help="run one workload and print the peak of the resident memory in MB instead of times")
    chosen = parser.parse_args()
    if chosen.threads < 1:
        parser.error("--threads: at least one thread is required")
    if chosen.setup == "single":
        chosen.threads = 1
    if chosen.memory:
        chosen.only = [MEMORY[chosen.memory]]
    return chosen


def prepare(chosen):
    """Starts this program again with the environment that PyTorch's libraries read when they are loaded."""
    cpus = sorted(os.sched_getaffinity(0))[: chosen.threads] if hasattr(os, "sched_getaffinity") else []
    wanted = {
        "OMP_NUM_THREADS": str(chosen.threads),
        "MKL_NUM_THREADS": str(chosen.threads),
        "CUDA_VISIBLE_DEVICES": "",
    }
    if cpus:
        wanted["GOMP_CPU_AFFINITY"] = " ".join(map(str, cpus))
    if chosen.setup != "plain":
        wanted["GLIBC_TUNABLES"] = TUNABLES
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **wanted})


def busy():
    """The CPU time that everybody used since the start of the machine, and this process, in seconds."""
    try:
        with open("/proc/stat") as stat:
            ticks = [int(n) for n in stat.readline().split()[1:9]]
    except OSError:
        return 0.0, 0.0
    own = os.times()
    return (sum(ticks) - ticks[3] - ticks[4]) / 100, own.user + own.system


def calmest(key, attempts, attempt):
    """The median of the samples of the attempt during which other processes used the least of the CPUs."""
    best = None
    for tried in range(attempts):
        if tried:
            time.sleep(0.25)
        (everybody, own), start = busy(), time.perf_counter()
        seconds = sorted(attempt())
        elapsed = time.perf_counter() - start
        everybody_now, own_now = busy()
        share = max(0.0, (everybody_now - everybody - (own_now - own)) / (CPUS * elapsed))
        if best is None or share < best[0]:
            best = share, seconds
        if share < 0.05:
            break
    share, seconds = best
    median = statistics.median(seconds)
    print(f"{key:<36}{median * 1e6:14.2f} us   min {seconds[0] * 1e6:12.2f}   max {seconds[-1] * 1e6:12.2f}   others {share * 100:3.0f}%",
          file=sys.stderr, flush=True)
    return median


def measure(key, work, quick, times=1):
    """As `Bench::row` in benches/src/peers/harness.rs: the median of samples that are long enough."""
    clock = time.perf_counter
    warm_up, shortest = (0.01, 0.005) if quick else (0.15, 0.025)
    start, runs = clock(), 0
    while runs == 0 or clock() - start < warm_up or (runs < 3 and clock() - start < 3):
        work()
        runs += 1
    start = clock()
    work()
    once = clock() - start
    repeats = max(1, -int(-shortest // once))

    def attempt():
        for _ in range(3 if quick else 7 if once > 0.2 else 9):
            start = clock()
            for _ in range(repeats):
                work()
            yield (clock() - start) / (repeats * times)

    return calmest(key, 1 if quick else 6, attempt)


def measure_part(key, work, quick):
    """As `Bench::part`: `work` returns the seconds of the part of itself that counts."""
    times = 30 if quick else 300

    def attempt():
        return [work() for _ in range(times)]

    attempt()
    return calmest(key, 1 if quick else 6, attempt)


def rows(torch, setup):
    """All rows, in the order of the table."""
    nn, F, randn = torch.nn, torch.nn.functional, torch.randn
    fused = {"fused": True} if setup in ("fused", "compiled") else {}
    found = []

    def compiled(model):
        return torch.compile(model) if setup == "compiled" else model

    def forward(key, make, **options):
        found.append(Row(key, make, grad=False, **options))

    def recorded(key, make, changed_by=(), **options):
        found.append(Row(key, make, changed_by=changed_by, **options))

    # Products
    def product(m, k, n, dtype=torch.float32):
        a, b = randn(m, k).to(dtype), randn(k, n).to(dtype)
        return lambda: a @ b

    for m, k, n in ((64, 64, 64), (128, 128, 128), (256, 256, 256), (512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048),
                    (64, 108, 32), (64, 784, 512), (4096, 768, 768), (32, 256, 1024), (1024, 256, 768), (1024, 256, 1024),
                    (1024, 1024, 256)):
        forward(f"matmul_{m}x{k}x{n}", lambda m=m, k=k, n=n: product(m, k, n))

    def batched():
        a, b = randn(48, 128, 64), randn(48, 64, 128)
        return lambda: a @ b

    def transposed(left):
        a, b = randn(1024, 1024), randn(1024, 1024)
        return (lambda: a.t() @ b) if left else (lambda: a @ b.t())

    forward("matmul_48x128x64x128", batched)
    forward("matmul_tn_1024x1024x1024", lambda: transposed(True))
    forward("matmul_nt_1024x1024x1024", lambda: transposed(False))
    forward("matmul_f64_512x512x512", lambda: product(512, 512, 512, torch.float64))
    forward("matmul_f64_1024x1024x1024", lambda: product(1024, 1024, 1024, torch.float64))
    forward("matmul_bf16_512x512x512", lambda: product(512, 512, 512, torch.bfloat16))

    # Elementwise functions
    def addition(n):
        a, b = randn(n), randn(n)
        return lambda: a + b

    def function(n, f, dtype=torch.float32):
        x = randn(n).to(dtype)
        return lambda: f(x)

    functions = {"relu": torch.relu, "exp": torch.exp, "gelu": F.gelu, "tanh": torch.tanh,
                 "gelu_tanh": lambda x: F.gelu(x, approximate="tanh")}
    for size, n in (("1M", 1 << 20), ("16M", 1 << 24)):
        forward(f"add_{size}", lambda n=n: addition(n))
        for name, f in functions.items():
            if (name, size) != ("gelu_tanh", "16M"):
                forward(f"{name}_{size}", lambda n=n, f=f: function(n, f))
    forward("exp_f64_1M", lambda: function(1 << 20, torch.exp, torch.float64))

    # Rows and columns of a matrix
    def of_matrix(f):
        x = randn(4096, 1024)
        return lambda: f(x)

    def broadcast_add():
        x, v = randn(4096, 1024), randn(1024)
        return lambda: x + v

    def layernorm():
        x, w, b = randn(4096, 1024), randn(1024), randn(1024)
        return lambda: F.layer_norm(x, (1024,), w, b)

    def transpose():
        x = randn(1024, 1024)
        return lambda: x.t().contiguous()

    def permute():
        x = randn(32, 128, 12, 64)
        return lambda: x.permute(0, 2, 1, 3).contiguous()

    forward("bcast_add_4096x1024", broadcast_add)
    forward("sum_all_4096x1024", lambda: of_matrix(lambda x: x.sum()))
    forward("sum_dim0_4096x1024", lambda: of_matrix(lambda x: x.sum(0)))
    forward("sum_dim1_4096x1024", lambda: of_matrix(lambda x: x.sum(1)))
    forward("softmax_4096x1024", lambda: of_matrix(lambda x: torch.softmax(x, -1)))
    forward("layernorm_4096x1024", layernorm)
    forward("transpose_1024x1024", transpose)
    forward("permute0213_32x128x12x64", permute)

    # Convolutions
    def convolution(batch, inputs, outputs, kernel=3, **options):
        layer, x = nn.Conv2d(inputs, outputs, kernel, **options), randn(batch, inputs, 28, 28)
        return lambda: layer(x)

    def convolution_backward(batch, inputs, outputs, **options):
        layer = nn.Conv2d(inputs, outputs, 3, **options)
        x = randn(batch, inputs, 28, 28, requires_grad=True)
        ones = torch.ones_like(layer(x))

        def work():
            x.grad = None
            layer.zero_grad()
            layer(x).backward(ones)
        return work

    for key, sizes, options in (("conv_n32_3x32_k3", (32, 3, 32), {"padding": 1}), ("conv_n32_64x64_k3", (32, 64, 64), {"padding": 1}),
                                ("conv_n8_128x256_k3s2", (8, 128, 256), {"stride": 2, "padding": 1})):
        forward(f"{key}_fwd", lambda sizes=sizes, options=options: convolution(*sizes, **options))
        recorded(f"{key}_fwdbwd", lambda sizes=sizes, options=options: convolution_backward(*sizes, **options))
    forward("depthwise_fwd", lambda: convolution(8, 128, 128, padding=1, groups=128))
    forward("conv1x1_fwd", lambda: convolution(32, 64, 64, kernel=1))

    # Pooling
    def pooling():
        x = randn(32, 64, 28, 28)
        return lambda: F.max_pool2d(x, 2)

    def pooling_backward():
        x, ones = randn(32, 64, 28, 28, requires_grad=True), torch.ones(32, 64, 14, 14)

        def work():
            x.grad = None
            F.max_pool2d(x, 2).backward(ones)
        return work

    forward("maxpool2_n32_c64_28_fwd", pooling)
    recorded("maxpool2_n32_c64_28_fwdbwd", pooling_backward)

    # Normalization
    def batchnorm():
        layer = nn.BatchNorm2d(64)
        x, g = randn(32, 64, 28, 28, requires_grad=True), randn(32, 64, 28, 28)

        def work():
            x.grad = None
            layer.zero_grad()
            layer(x).backward(g)
        return work

    def crossentropy():
        x, y = randn(1024, 1024, requires_grad=True), torch.randint(0, 1024, (1024,))

        def work():
            x.grad = None
            F.cross_entropy(x, y).backward()
        return work

    recorded("batchnorm_fwdbwd", batchnorm)
    recorded("crossentropy_fwdbwd", crossentropy)

    # Attention
    def attention(shape, causal):
        q, k, v = randn(shape), randn(shape), randn(shape)
        return lambda: F.scaled_dot_product_attention(q, k, v, is_causal=causal)

    def attention_backward():
        inputs = [randn(8, 8, 128, 32, requires_grad=True) for _ in range(3)]

        def work():
            for x in inputs:
                x.grad = None
            F.scaled_dot_product_attention(*inputs, is_causal=True).sum().backward()
        return work

    forward("attention_fwd", lambda: attention((8, 8, 128, 32), True))
    recorded("attention_fwdbwd", attention_backward)
    forward("attention_long_fwd", lambda: attention((1, 8, 2048, 64), False))

    # Training
    def step(model, criterion, optimizer, x, y):
        model = compiled(model)

        def work():
            optimizer.zero_grad()
            criterion(model(x), y).backward()
            optimizer.step()
        return work

    adult_rows, adult_columns = 39_073, 108

    def adult_data(rows=adult_rows):
        return randn(rows, adult_columns), (torch.rand(rows, 1) < 0.24).float()

    def adult_model():
        model = nn.Sequential(nn.Linear(adult_columns, 32), nn.ReLU(), nn.Linear(32, 1))
        return model, torch.optim.Adam(model.parameters(), lr=1e-3, **fused)

    def adult_step():
        model, optimizer = adult_model()
        return step(model, nn.BCEWithLogitsLoss(), optimizer, *adult_data(64))

    def adult_epoch(batches):
        model, optimizer = adult_model()
        model, criterion = compiled(model), nn.BCEWithLogitsLoss()

        def work():
            total = 0.0
            for x, y in batches():
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                optimizer.step()
                total += loss.item()
            return total
        return work

    def loader():
        from torch.utils.data import DataLoader, TensorDataset
        return DataLoader(TensorDataset(*adult_data()), batch_size=64, shuffle=True)

    def adult_epoch_dataloader():
        batches = loader()
        return adult_epoch(lambda: batches)

    def adult_epoch_sliced():
        x, y = adult_data()

        def batches():
            order = torch.randperm(adult_rows)
            for first in range(0, adult_rows, 64):
                rows = order[first:first + 64]
                yield x[rows], y[rows]
        return adult_epoch(batches)

    def adult_dataloader_only():
        batches = loader()

        def work():
            for _ in batches:
                pass
        return work

    def mlp_step(dtype):
        model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10)).to(dtype)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, **fused)
        return step(model, nn.CrossEntropyLoss(), optimizer, randn(128, 784).to(dtype), torch.randint(0, 10, (128,)))

    class CNN(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
            self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)

        def forward(self, x):
            x = F.relu(self.conv2(F.relu(self.conv1(x))))
            x = torch.flatten(F.max_pool2d(x, 2), 1)
            return self.fc2(F.relu(self.fc1(x)))

    def cnn_step():
        model = CNN()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, **fused)
        return step(model, nn.CrossEntropyLoss(), optimizer, randn(64, 1, 28, 28), torch.randint(0, 10, (64,)))

    def adam_step():
        parameter = nn.Parameter(randn(1 << 20))
        parameter.grad = randn(1 << 20)
        return torch.optim.Adam([parameter], lr=1e-3, **fused).step

    both, optimizer = ("fused", "compiled"), ("fused",)
    recorded("adult_step", adult_step, both)
    recorded("adult_epoch_dataloader", adult_epoch_dataloader, both)
    recorded("adult_epoch_sliced", adult_epoch_sliced, both)
    recorded("adult_dataloader_only", adult_dataloader_only)
    recorded("mnist_mlp_step", lambda: mlp_step(torch.float32), both)
    recorded("bf16_mlp_step", lambda: mlp_step(torch.bfloat16), both)
    recorded("cnn_step", cnn_step, both)
    recorded("adam_step_1M", adam_step, optimizer)

    # GPT
    tokens, width, heads, layers, length, batch = 1024, 256, 8, 4, 128, 8

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            n, t, c = x.shape
            q, k, v = (part.view(n, t, heads, c // heads).transpose(1, 2) for part in self.qkv(self.ln1(x)).split(c, dim=2))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.proj(y.transpose(1, 2).contiguous().view(n, t, c))
            return x + self.down(F.gelu(self.up(self.ln2(x))))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.positions = nn.Embedding(tokens, width), nn.Embedding(length, width)
            self.blocks = nn.ModuleList(Block() for _ in range(layers))
            self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, tokens, bias=False)

        def forward(self, x):
            x = self.tokens(x) + self.positions(torch.arange(x.shape[1]))
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x))

    def gpt_step():
        model = GPT()
        optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, **fused)
        x, y = torch.randint(0, tokens, (batch, length)), torch.randint(0, tokens, (batch * length,))
        return step(model, lambda out, y: F.cross_entropy(out.view(-1, tokens), y), optimizer, x, y)

    recorded("gpt_step", gpt_step, both)

    # Recurrent layers
    def recurrent(layer):
        layer, x = layer(128, 256, batch_first=True), randn(32, 64, 128)
        return lambda: layer(x)

    def recurrent_backward(layer):
        layer, x = layer(128, 256, batch_first=True), randn(32, 64, 128, requires_grad=True)

        def work():
            x.grad = None
            layer.zero_grad()
            layer(x)[0].sum().backward()
        return work

    for name, layer in (("lstm", nn.LSTM), ("gru", nn.GRU), ("rnn", nn.RNN)):
        forward(f"{name}_fwd", lambda layer=layer: recurrent(layer))
        recorded(f"{name}_fwdbwd", lambda layer=layer: recurrent_backward(layer))

    # Overhead
    def additions(requires_grad):
        a, b = randn(4, requires_grad=requires_grad), randn(4)

        def work():
            for _ in range(1000):
                a + b
        return work

    def chain():
        x, a, b = randn(4, requires_grad=True), torch.tensor([0.95, 1.05, 0.98, 1.02]), randn(4)

        def forward():
            y = x
            for _ in range(50):
                y = y + b
                y = y * a
            return y.sum()
        return x, forward

    def chain_both():
        x, forward = chain()

        def work():
            x.grad = None
            forward().backward()
        return work

    def chain_backward():
        x, forward = chain()

        def work():
            x.grad = None
            loss = forward()
            start = time.perf_counter()
            loss.backward()
            return time.perf_counter() - start
        return work

    forward("overhead_add4", lambda: additions(False), times=1000)
    recorded("overhead_add4_grad", lambda: additions(True), times=1000)
    recorded("chain100_fwd", lambda: chain()[1])
    recorded("chain100_bwd", chain_backward, part=True)
    recorded("chain100_fwdbwd", chain_both)
    return found


def main():
    chosen = flags()
    prepare(chosen)
    try:
        import torch
    except ImportError as missing:
        sys.exit(f"error: {missing}; install PyTorch for {sys.executable} (python3 -m pip install torch), or run another Python that has it")
    if chosen.setup == "compiled" and not any(map(shutil.which, ("g++", "clang++", os.environ.get("CXX", "g++")))):
        sys.exit("error: --setup compiled: torch.compile requires a C++ compiler, and neither g++ nor clang++ was found")
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(0)
    quick = chosen.quick or chosen.memory is not None
    results = {}
    for row in rows(torch, chosen.setup):
        if chosen.only and not any(row.key.startswith(prefix) for prefix in chosen.only):
            continue
        if chosen.setup == "single" and not row.key.startswith(SMALL):
            continue
        if chosen.setup in ("fused", "compiled") and chosen.setup not in row.changed_by:
            continue
        if chosen.list:
            print(row.key)
            continue
        with torch.set_grad_enabled(row.grad):
            work = row.make()
            results[row.key] = measure_part(row.key, work, quick) if row.part else measure(row.key, work, quick, row.times)
    if chosen.memory:
        import resource
        results = {f"peak_mb_{chosen.memory}": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    if not chosen.list:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
