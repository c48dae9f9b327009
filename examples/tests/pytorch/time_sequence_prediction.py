"""The program of examples/time_sequence_prediction.rs in PyTorch: the same waves, layers and random numbers, so the same losses.

    python examples/tests/pytorch/time_sequence_prediction.py --steps 5
"""

import argparse
import time

import torch
from torch import nn, optim

RADIAN = 10
TEST = 3


class Sequence(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.lstm1 = nn.LSTMCell(1, hidden)
        self.lstm2 = nn.LSTMCell(hidden, hidden)
        self.linear = nn.Linear(hidden, 1)
        self.hidden = hidden

    def forward(self, input, future=0):
        zeros = input.new_zeros(input.size(0), self.hidden)
        h1, c1, h2, c2 = zeros, zeros, zeros, zeros
        outputs = []
        for i in range(input.size(1) + future):
            x = input[:, i : i + 1] if i < input.size(1) else outputs[-1]
            h1, c1 = self.lstm1(x, (h1, c1))
            h2, c2 = self.lstm2(h1, (h2, c2))
            outputs.append(self.linear(h2))
        return torch.cat(outputs, dim=1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--waves", type=int, default=13)
    parser.add_argument("--length", type=int, default=100)
    parser.add_argument("--future", type=int, default=100)
    parser.add_argument("--hidden", type=int, default=40)
    parser.add_argument("--lr", type=float, default=0.8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    known = args.length - 1
    shift = torch.randint(-4 * RADIAN, 4 * RADIAN, (args.waves, 1))
    moments = torch.arange(args.length + args.future)
    data = torch.sin((shift + moments).double() / RADIAN).to(args.device)
    train, test = data[TEST:], data[:TEST]
    input, target = train[:, :known], train[:, 1 : known + 1]
    test_input, test_target = test[:, :known], test[:, 1:]

    model = Sequence(args.hidden).to(args.device, torch.double)
    criterion = nn.MSELoss()
    optimizer = optim.LBFGS(model.parameters(), lr=args.lr)
    evaluations = 0

    def closure():
        nonlocal evaluations
        evaluations += 1
        optimizer.zero_grad()
        loss = criterion(model(input), target)
        loss.backward()
        return loss

    print("step  evaluations   training loss  test loss  loss of continuation  time (s)")
    start = time.time()
    for step in range(1, args.steps + 1):
        loss = optimizer.step(closure).item()
        with torch.no_grad():
            error = (model(test_input, args.future) - test_target).square()
        print(
            f"{step:4}  {evaluations:11}  {loss:14.8e}  {error[:, :known].mean():9.1e}"
            f"  {error[:, known:].mean():20.1e}  {time.time() - start:8.2f}"
        )


if __name__ == "__main__":
    main()
