"""The program of examples/word_language_model.rs in PyTorch: the same data, layers and random numbers, so the same losses.

    python examples/tests/pytorch/word_language_model.py --steps 5
"""

import argparse
import copy
import math
import re
import time
from collections import Counter
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

REPOSITORY = Path(__file__).resolve().parents[3]


def parse():
    flags = argparse.ArgumentParser()
    flags.add_argument("--data", type=Path)
    flags.add_argument("--model", choices=["lstm", "gru", "transformer"], default="lstm")
    flags.add_argument("--width", type=int, default=128)
    flags.add_argument("--layers", type=int, default=2)
    flags.add_argument("--heads", type=int, default=4)
    flags.add_argument("--dropout", type=float, default=0.2)
    flags.add_argument("--lr", type=float)
    flags.add_argument("--clip", type=float, default=0.25)
    flags.add_argument("--epochs", type=int, default=12)
    flags.add_argument("--batch-size", type=int, default=20)
    flags.add_argument("--bptt", type=int, default=35)
    flags.add_argument("--words", type=int, default=60)
    flags.add_argument("--temperature", type=float, default=0.8)
    flags.add_argument("--seed", type=int, default=1111)
    flags.add_argument("--device", default="cpu")
    flags.add_argument("--steps", type=int)
    return flags.parse_args()


def pages():
    files = [REPOSITORY / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")]
    for folder in ("docs/book/src", "docs/guide"):
        files += sorted((REPOSITORY / folder).glob("*.md"))
    return files


def paragraphs(text):
    lines, code = [], False
    for line in text.splitlines():
        if line.startswith("```"):
            code = not code
        elif not code:
            lines.append(line)
    split = (re.findall(r"[\w']+|[.,;:!?()]", part.lower()) for part in "\n".join(lines).split("\n\n"))
    return [words for words in split if words]


class Corpus:
    def __init__(self, text):
        parts = {"train": [], "valid": [], "test": []}
        for i, words in enumerate(paragraphs(text)):
            parts[{8: "valid", 9: "test"}.get(i % 10, "train")] += words + ["<eos>"]
        counts = Counter(parts["train"])
        self.words = ["<unk>"] + [word for word, count in counts.items() if count > 1]
        numbers = {word: i for i, word in enumerate(self.words)}
        for name, words in parts.items():
            setattr(self, name, torch.tensor([numbers.get(word, 0) for word in words]))


def batchify(data, batch_size, device):
    rows = len(data) // batch_size
    return data[: rows * batch_size].view(batch_size, rows).t().contiguous().to(device)


def get_batch(source, i, bptt):
    length = min(bptt, len(source) - 1 - i)
    return source[i : i + length], source[i + 1 : i + 1 + length].flatten()


class Recurrent(nn.Module):
    def __init__(self, kind, flags):
        super().__init__()
        self.rnn = kind(flags.width, flags.width, flags.layers, dropout=flags.dropout)

    def forward(self, x, state):
        return self.rnn(x, state)


class Attention(nn.Module):
    def __init__(self, flags):
        super().__init__()
        self.drop = nn.Dropout(flags.dropout)
        layer = nn.TransformerEncoderLayer(flags.width, flags.heads, flags.width, flags.dropout)
        self.encoder = nn.TransformerEncoder(layer, flags.layers, enable_nested_tensor=False)
        position = torch.arange(flags.bptt).float().unsqueeze(1)
        rate = torch.exp(torch.arange(0, flags.width, 2).float() * (-math.log(10000.0) / flags.width))
        table = torch.zeros(flags.bptt, 1, flags.width)
        table[:, 0, 0::2] = torch.sin(position * rate)
        table[:, 0, 1::2] = torch.cos(position * rate)
        self.register_buffer("positions", table, persistent=False)

    def forward(self, x, state):
        x = self.drop(x * math.sqrt(x.size(2)) + self.positions[: len(x)])
        mask = nn.Transformer.generate_square_subsequent_mask(len(x), device=x.device)
        return self.encoder(x, mask, is_causal=True), None


class LanguageModel(nn.Module):
    def __init__(self, core, words, width, dropout):
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.encoder = nn.Embedding(words, width)
        self.core = core()
        self.decoder = nn.Linear(width, words)
        self.decoder.weight = self.encoder.weight
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)

    def forward(self, words, state=None):
        y, state = self.core(self.drop(self.encoder(words)), state)
        return self.decoder(self.drop(y)).flatten(0, 1), state


def detach(state):
    if isinstance(state, tuple):
        return tuple(detach(part) for part in state)
    return None if state is None else state.detach()


@torch.no_grad()
def evaluate(model, source, bptt):
    model.eval()
    total, state = 0.0, None
    for i in range(0, len(source) - 1, bptt):
        words, targets = get_batch(source, i, bptt)
        logits, state = model(words, state)
        total += len(words) * F.cross_entropy(logits, targets).item()
    return total / (len(source) - 1)


def by_frequency(corpus):
    log_probs = (corpus.train.bincount(minlength=len(corpus.words)) / len(corpus.train)).log()
    return log_probs[corpus.test].mean().neg().exp().item()


@torch.no_grad()
def generate(model, words, flags):
    model.eval()
    text = torch.tensor([[words.index("<eos>")]], device=flags.device)
    for _ in range(flags.words):
        logits, _ = model(text[-flags.bptt :])
        weights = (logits[-1] / flags.temperature).softmax(-1)
        weights[0] = 0.0
        text = torch.cat([text, weights.multinomial(1).unsqueeze(0)])
    return " ".join(words[i] for i in text.flatten().tolist()[1:]).replace("<eos>", "\n")


def main():
    flags = parse()
    torch.manual_seed(flags.seed)
    files = [flags.data] if flags.data else pages()
    corpus = Corpus("\n\n".join(file.read_text() for file in files))
    train = batchify(corpus.train, flags.batch_size, flags.device)
    valid = batchify(corpus.valid, 10, flags.device)
    test = batchify(corpus.test, 10, flags.device)

    core = {
        "lstm": lambda: Recurrent(nn.LSTM, flags),
        "gru": lambda: Recurrent(nn.GRU, flags),
        "transformer": lambda: Attention(flags),
    }[flags.model]
    model = LanguageModel(core, len(corpus.words), flags.width, flags.dropout).to(flags.device)
    lr = flags.lr or {"lstm": 20.0, "gru": 10.0, "transformer": 5.0}[flags.model]
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"training text of {len(corpus.train):,} words, {len(corpus.words):,} different ones; {parameters:,} parameters\n")

    if not flags.steps:
        print("epoch  learning rate  train perplexity  validation perplexity  words/s")
    step, best, best_model = 0, math.inf, None
    for epoch in range(1, flags.epochs + 1):
        model.train()
        start, total, state = time.time(), 0.0, None
        for i in range(0, len(train) - 1, flags.bptt):
            words, targets = get_batch(train, i, flags.bptt)
            optimizer.zero_grad()
            logits, state = model(words, detach(state))
            loss = F.cross_entropy(logits, targets)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), flags.clip)
            optimizer.step()
            total += len(words) * loss.detach()
            step += 1
            if flags.steps:
                print(f"step {step:>4}  loss {loss.item():.8f}")
                if step == flags.steps:
                    return
        train_loss = total.item() / (len(train) - 1)
        speed = train.numel() / (time.time() - start)
        valid_loss = evaluate(model, valid, flags.bptt)
        lr = optimizer.param_groups[0]["lr"]
        print(f"{epoch:>5}  {lr:>13.4f}  {math.exp(train_loss):>16.2f}  {math.exp(valid_loss):>21.2f}  {speed:>7.0f}")
        if valid_loss < best:
            best, best_model = valid_loss, copy.deepcopy(model)
        else:
            optimizer.param_groups[0]["lr"] /= 4.0

    perplexity = math.exp(evaluate(best_model, test, flags.bptt))
    print(f"\nPerplexity of the test text: {perplexity:.2f} with the best model,", end=" ")
    print(f"{by_frequency(corpus):.2f} with the frequencies of the words alone")
    print("\n" + generate(best_model, corpus.words, flags))


if __name__ == "__main__":
    main()
