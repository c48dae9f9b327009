"""The program of examples/gcn.rs in PyTorch: the same data, layers and random numbers, so the same losses.

    python examples/tests/pytorch/gcn.py --steps 5
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

DIGITS = Path(__file__).resolve().parents[3] / "datasets/digits/digits.csv.gz"


def parse():
    flags = argparse.ArgumentParser()
    flags.add_argument("--labelled", type=int, default=5)
    flags.add_argument("--neighbours", type=int, default=10)
    flags.add_argument("--hidden", type=int, default=16)
    flags.add_argument("--dropout", type=float, default=0.5)
    flags.add_argument("--lr", type=float, default=0.01)
    flags.add_argument("--l2", type=float, default=5e-4)
    flags.add_argument("--epochs", type=int, default=200)
    flags.add_argument("--seed", type=int, default=42)
    flags.add_argument("--device", default="cpu")
    flags.add_argument("--steps", type=int)
    return flags.parse_args()


def load(device):
    table = torch.from_numpy(np.loadtxt(DIGITS, delimiter=",", dtype=np.float32)).to(device)
    return table[:, :64] / 16, table[:, 64].long()


def nearest_neighbours(x, k):
    squares = x.square().sum(1)
    distances = squares.unsqueeze(1) + squares - 2 * x @ x.T
    distances.fill_diagonal_(-1)
    nearest = distances.argsort(dim=1, stable=True)[:, : k + 1]
    edges = torch.zeros_like(distances).scatter_(1, nearest, 1.0)
    return torch.maximum(edges, edges.T)


def normalize(edges):
    scale = edges.sum(1).rsqrt()
    return scale.unsqueeze(1) * edges * scale


def choose(digits, count):
    mask = torch.zeros(len(digits), dtype=torch.bool)
    for digit in range(10):
        nodes = (digits == digit).nonzero().squeeze(1)
        mask[nodes[torch.randperm(len(nodes))[:count]]] = True
    return mask


class GraphConv(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.xavier_normal_(self.weight)

    def forward(self, x, adjacency):
        return adjacency @ (x @ self.weight) + self.bias


class GCN(nn.Module):
    def __init__(self, inputs, hidden, classes, dropout):
        super().__init__()
        self.conv1 = GraphConv(inputs, hidden)
        self.conv2 = GraphConv(hidden, classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, adjacency):
        x = F.relu(self.conv1(x, adjacency))
        return F.log_softmax(self.conv2(self.dropout(x), adjacency), dim=1)


def train(name, x, digits, adjacency, mask, flags):
    model = GCN(x.size(1), flags.hidden, 10, flags.dropout).to(flags.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=flags.lr, weight_decay=flags.l2)
    for epoch in range(1, flags.epochs + 1):
        model.train()
        optimizer.zero_grad()
        loss = F.nll_loss(model(x, adjacency)[mask], digits[mask])
        loss.backward()
        optimizer.step()
        if flags.steps:
            print(f"step {epoch:>4}  loss {loss.item():.8f}")
            if epoch == flags.steps:
                return
        elif epoch % 20 == 0 or epoch == flags.epochs:
            model.eval()
            with torch.no_grad():
                output = model(x, adjacency)
                test_loss = F.nll_loss(output[~mask], digits[~mask]).item()
            accuracy = (output.argmax(1) == digits)[~mask].float().mean().item()
            print(f"{name:<18}  {epoch:>5}  {loss.item():>10.4f}  {test_loss:>9.4f}  {100 * accuracy:>17.2f}")


def main():
    flags = parse()
    torch.manual_seed(flags.seed)
    x, digits = load(flags.device)
    mask = choose(digits.cpu(), flags.labelled).to(flags.device)
    edges = nearest_neighbours(x, flags.neighbours)
    print(f"{len(x):,} nodes, {int(edges.sum() - len(x)) // 2:,} edges, {int(mask.sum())} labels, on {flags.device}\n")
    if not flags.steps:
        print("graph               epoch  train loss  test loss  test accuracy (%)")
    train("nearest neighbours", x, digits, normalize(edges).to_sparse(), mask, flags)
    if not flags.steps:
        train("no edges", x, digits, torch.eye(len(x), device=x.device).to_sparse(), mask, flags)


if __name__ == "__main__":
    main()
