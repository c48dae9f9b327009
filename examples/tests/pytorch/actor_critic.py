"""The program of examples/actor_critic.rs in PyTorch: the same data, layers and random numbers, so the same losses.

    python examples/tests/pytorch/actor_critic.py --steps 5
"""

import argparse
import math

import torch
from torch import nn
from torch.distributions import Categorical
from torch.nn import functional as F


def parse():
    flags = argparse.ArgumentParser()
    flags.add_argument("--gamma", type=float, default=0.99)
    flags.add_argument("--lr", type=float, default=0.03)
    flags.add_argument("--episodes", type=int, default=2000)
    flags.add_argument("--seed", type=int, default=543)
    flags.add_argument("--device", default="cpu")
    flags.add_argument("--steps", type=int)
    return flags.parse_args()


class CartPole:
    """The cart and pole of Barto, Sutton and Anderson (1983), in steps of 20 ms."""

    GRAVITY, CART, POLE, HALF_LENGTH, FORCE, SECONDS = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02
    LONGEST = 500

    def reset(self):
        self.state = ((torch.rand(4) - 0.5) * 0.1).tolist()
        self.steps = 0
        return self.state

    def step(self, action):
        x, speed, angle, turning = self.state
        force = self.FORCE if action == 1 else -self.FORCE
        mass, lever = self.CART + self.POLE, self.POLE * self.HALF_LENGTH
        sin, cos = math.sin(angle), math.cos(angle)
        push = (force + lever * turning * turning * sin) / mass
        turn = (self.GRAVITY * sin - cos * push) / (self.HALF_LENGTH * (4.0 / 3.0 - self.POLE * cos * cos / mass))
        move = push - lever * turn * cos / mass
        t = self.SECONDS
        self.state = [x + t * speed, speed + t * move, angle + t * turning, turning + t * turn]
        self.steps += 1
        fallen = abs(self.state[0]) > 2.4 or abs(self.state[2]) > 12.0 * math.pi / 180.0
        return self.state, 1.0, fallen or self.steps == self.LONGEST


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine = nn.Linear(4, 128)
        self.action_head = nn.Linear(128, 2)
        self.value_head = nn.Linear(128, 1)

    def forward(self, x):
        x = F.relu(self.affine(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


def main():
    flags = parse()
    torch.manual_seed(flags.seed)
    world = CartPole()
    model = Policy().to(flags.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=flags.lr)

    if not flags.steps:
        print("episode  reward  running mean  loss of the episode")
    running = 10.0
    for episode in range(1, flags.episodes + 1):
        log_probs, values, rewards = [], [], []
        state, done = world.reset(), False
        while not done:
            probs, value = model(torch.tensor(state, device=flags.device))
            policy = Categorical(probs)
            action = policy.sample()
            log_probs.append(policy.log_prob(action))
            values.append(value.squeeze())
            state, reward, done = world.step(action.item())
            rewards.append(reward)

        returns, later = [], 0.0
        for reward in reversed(rewards):
            later = reward + flags.gamma * later
            returns.append(later)
        returns = torch.tensor(returns[::-1], device=flags.device)
        returns = (returns - returns.mean()) / (returns.std() + torch.finfo(torch.float32).eps)
        log_probs, values = torch.stack(log_probs), torch.stack(values)
        advantages = returns - values.detach()
        loss = -(log_probs * advantages).sum() + F.smooth_l1_loss(values, returns, reduction="sum")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

        total = sum(rewards)
        running = 0.05 * total + 0.95 * running
        if flags.steps:
            print(f"step {episode:>4}  reward {total:>3.0f}  loss {loss.item():.8f}")
            if episode == flags.steps:
                return
        elif episode % 25 == 0 or running > 475:
            print(f"{episode:>7}  {total:>6.0f}  {running:>12.2f}  {loss.item():>19.4f}")
        if running > 475:
            print(f"\nSolved after {episode} episodes: the running mean is above 475.")
            break
    else:
        print(f"\nNot solved after {episode} episodes: the running mean is {running:.2f}.")


if __name__ == "__main__":
    main()
