#!/usr/bin/env python3
"""PyTorch's times on CUDA for the lines of gpu_table: one JSON object, seconds by key. Medians; float32 stays float32 (no TF32)."""
import json
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
DEVICE = torch.device("cuda")
SECONDS = {}


def bench(key, work, budget=1.0):
    def timed(times):
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(times):
            work()
        torch.cuda.synchronize()
        return (time.perf_counter() - start) / times

    timed(3)
    once = timed(3)
    times = max(1, min(10_000, int(0.02 / once) + 1))
    samples = max(3, min(25, int(budget / (once * times))))
    SECONDS[key] = statistics.median(timed(times) for _ in range(samples))


def randn(*shape, dtype=torch.float32):
    return torch.randn(*shape, device=DEVICE, dtype=dtype)


def steps(key, model, optimizer, loss, x, y, squeeze):
    def step():
        optimizer.zero_grad()
        out = model(x)
        loss(out.squeeze(1) if squeeze else out, y).backward()
        optimizer.step()

    bench(key, step)


def main():
    with torch.no_grad():
        a, b = randn(1 << 26), randn(1 << 26)
        bench("add_64M", lambda: a + b)
        bench("relu_64M", lambda: torch.relu(a))
        bench("exp_64M", lambda: torch.exp(a))
        bench("gelu_64M", lambda: F.gelu(a))
        m = randn(1 << 16, 1024)
        bench("sum_65536x1024", lambda: m.sum())
        bench("sum_dim0_65536x1024", lambda: m.sum(0))
        bench("sum_dim1_65536x1024", lambda: m.sum(1))
        bench("softmax_65536x1024", lambda: torch.softmax(m, -1))
        for n in (1024, 2048, 4096):
            c, d = randn(n, n), randn(n, n)
            bench(f"matmul_{n}_f32", lambda: c @ d)
        for n in (4096, 8192):
            c, d = randn(n, n, dtype=torch.float16), randn(n, n, dtype=torch.float16)
            bench(f"matmul_{n}_f16", lambda: c @ d)
        conv = nn.Conv2d(64, 64, 3, padding=1).to(DEVICE)
        image = randn(256, 64, 28, 28)
        bench("conv_256x64_k3", lambda: conv(image))
        q, k, v = (randn(8, 8, 1024, 64) for _ in range(3))
        bench("attention_1024", lambda: F.scaled_dot_product_attention(q, k, v))
    del a, b, m, c, d, image, q, k, v
    model = nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
    ).to(DEVICE)
    sgd = torch.optim.SGD(model.parameters(), lr=0.01)
    digits = torch.randint(0, 10, (1024,), device=DEVICE)
    steps("mnist_step_1024", model, sgd, nn.CrossEntropyLoss(), randn(1024, 784), digits, False)
    model = nn.Sequential(nn.Linear(108, 32), nn.ReLU(), nn.Linear(32, 1)).to(DEVICE)
    adam = torch.optim.Adam(model.parameters(), lr=0.001, fused=True)
    income = (randn(64) > 0).float()
    steps("adult_step", model, adam, nn.BCEWithLogitsLoss(), randn(64, 108), income, True)
    print(json.dumps(SECONDS, indent=1))


if __name__ == "__main__":
    main()
