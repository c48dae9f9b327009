"""The program of examples/vae.rs in PyTorch: the same data, layers and random numbers, so the same losses.

    python examples/tests/pytorch/vae.py --steps 5
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

DIGITS = Path(__file__).parents[3] / "datasets" / "digits" / "digits.csv.gz"
SHOWN = 8


class VAE(nn.Module):
    def __init__(self, hidden, latent):
        super().__init__()
        self.fc1 = nn.Linear(64, hidden)
        self.fc21 = nn.Linear(hidden, latent)
        self.fc22 = nn.Linear(hidden, latent)
        self.fc3 = nn.Linear(latent, hidden)
        self.fc4 = nn.Linear(hidden, 64)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc21(h), self.fc22(h)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + torch.randn_like(std) * std

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x):
        mu, logvar = self.encode(x)
        return self.decode(self.reparameterize(mu, logvar)), mu, logvar


def grid(images, columns):
    framed = F.pad(images, (0, 1, 0, 1))
    n, height, width = framed.shape
    rows = framed.reshape(n // columns, columns, height, width).permute(0, 2, 1, 3)
    return rows.reshape(n // columns * height, columns * width)


def as_text(image):
    shades = ["  ", "░░", "▒▒", "▓▓", "██", "██"]
    return "\n".join("".join(shades[int(value * 5)] for value in row).rstrip() for row in image)


def losses(model, x):
    recon, mu, logvar = model(x)
    bce = F.binary_cross_entropy(recon, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce, kld


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=80)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--latent", type=int, default=10)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, help="stop after so many steps and print the loss of each")
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    table = torch.from_numpy(np.loadtxt(DIGITS, delimiter=","))
    images = (table[:, :64] >= 8).float()
    images = images[torch.randperm(len(images))].to(args.device)
    train, test = images[:1437], images[1437:]
    loader = DataLoader(TensorDataset(train), batch_size=args.batch_size, shuffle=True)

    model = VAE(args.hidden, args.latent).to(args.device)
    optimizer = optim.Adam(model.parameters(), lr=args.lr)
    if not args.steps:
        print("epoch  train loss  test loss  reconstruction  divergence  time (s)")
    step = 0
    start = time.time()
    for epoch in range(1, args.epochs + 1):
        model.train()
        total = 0.0
        for (x,) in loader:
            optimizer.zero_grad()
            bce, kld = losses(model, x)
            loss = bce + kld
            loss.backward()
            optimizer.step()
            total += loss.item()
            step += 1
            if args.steps:
                print(f"step {step:4}  loss {loss.item() / len(x):.8f}")
                if step == args.steps:
                    return
        model.eval()
        with torch.no_grad():
            bce, kld = (loss.item() / len(test) for loss in losses(model, test))
        if not args.steps and (epoch == 1 or epoch % 10 == 0 or epoch == args.epochs):
            print(
                f"{epoch:5}  {total / len(train):10.4f}  {bce + kld:9.4f}  {bce:14.4f}  {kld:10.4f}  {time.time() - start:8.2f}"
            )

    if args.steps:
        return
    with torch.no_grad():
        recon, _, _ = model(test[:SHOWN])
        drawn = model.decode(torch.randn(SHOWN, args.latent, device=args.device))
    print(as_text(grid(torch.cat([test[:SHOWN], recon, drawn]).view(-1, 8, 8), SHOWN)))


if __name__ == "__main__":
    main()
