"""The program of examples/mnist.rs in PyTorch: the same data, layers and random numbers, so the same losses.

    python examples/tests/pytorch/mnist.py --steps 5
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset

DIGITS = Path(__file__).parents[3] / "datasets" / "digits" / "digits.csv.gz"


class Net(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(64 * ((size - 4) // 2) ** 2, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(self.dropout1(x), 1)
        x = F.relu(self.fc1(x))
        x = self.fc2(self.dropout2(x))
        return F.log_softmax(x, dim=1)


def digits():
    table = torch.from_numpy(np.loadtxt(DIGITS, delimiter=","))
    images = (table[:, :64] / 16).float().view(-1, 1, 8, 8)
    labels = table[:, 64].long()
    order = torch.randperm(len(labels))
    images, labels = images[order], labels[order]
    return (images[:1437], labels[:1437]), (images[1437:], labels[1437:])


def mnist(folder):
    from torchvision.datasets import MNIST

    parts = [MNIST(folder, train=train) for train in (True, False)]
    return [(part.data[:, None].float() / 255, part.targets) for part in parts]


def evaluate(model, loader, device):
    model.eval()
    loss, correct = 0.0, 0
    with torch.no_grad():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            output = model(images)
            loss += F.nll_loss(output, labels, reduction="sum").item()
            correct += (output.argmax(1) == labels).sum().item()
    return loss / len(loader.dataset), correct


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", help="folder with the files of MNIST; without it the digits of 8 by 8 pixels")
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1.0)
    parser.add_argument("--gamma", type=float, default=0.7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, help="stop after so many steps and print the loss of each")
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    train, test = mnist(args.data) if args.data else digits()
    mean, std = train[0].mean(), train[0].std()
    datasets = [TensorDataset((images - mean) / std, labels) for images, labels in (train, test)]
    train_loader = DataLoader(datasets[0], batch_size=args.batch_size, shuffle=True)
    test_loader = DataLoader(datasets[1], batch_size=1000)

    model = Net(train[0].shape[2]).to(args.device)
    optimizer = optim.Adadelta(model.parameters(), lr=args.lr)
    scheduler = StepLR(optimizer, step_size=1, gamma=args.gamma)
    step = 0
    if not args.steps:
        print("epoch  learning rate  train loss  test loss  test correct  test accuracy (%)  time (s)")
    for epoch in range(1, args.epochs + 1):
        start = time.time()
        model.train()
        total = 0.0
        for images, labels in train_loader:
            images, labels = images.to(args.device), labels.to(args.device)
            optimizer.zero_grad()
            loss = F.nll_loss(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            step += 1
            if args.steps:
                print(f"step {step:4}  loss {loss.item():.8f}")
                if step == args.steps:
                    return
        test_loss, correct = evaluate(model, test_loader, args.device)
        if not args.steps:
            print(
                f"{epoch:5}  {scheduler.get_last_lr()[0]:13.4f}  {total / len(datasets[0]):10.4f}  {test_loss:9.4f}  {correct:12}"
                f"  {100 * correct / len(datasets[1]):17.2f}  {time.time() - start:8.2f}"
            )
        scheduler.step()


if __name__ == "__main__":
    main()
