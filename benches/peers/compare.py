#!/usr/bin/env python3
"""Compares Rushlight with PyTorch, and with candle and burn, on the CPU of this machine, and prints a Markdown table.

    benches/peers/compare.py                             # every row, PyTorch alone, three rounds
    benches/peers/compare.py --full                      # candle and burn as well
    benches/peers/compare.py --only matmul_ --rounds 5   # some rows

The programs run in turns, a few rows at a time, so that all measure a row within about a minute; the order changes from round to round. A ratio
is the best peer's time over Rushlight's in the same round: above 1, Rushlight is faster. The table has the medians over the rounds, and the
smallest and largest ratio. `reach.json` holds the ratio that each row is to reach. Peak memory is measured with one workload per process.

It needs a Python with PyTorch (--python), and cargo where a program is not built yet.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SETUPS = ("plain", "malloc", "fused", "compiled", "single")
MEMORY = ("adult", "mnist", "cnn", "gpt")
ROWS_AT_A_TIME = 6
OURS = "Rushlight"
INSTALLED = "PyTorch, plain"


def flags():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often each row is measured (default: 3)")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="threads of each program (default: 2)")
    parser.add_argument("--only", action="append", default=[], metavar="PREFIX",
                        help="only the rows whose key starts with this; may be given several times")
    parser.add_argument("--full", action="store_true", help="measure candle and burn as well")
    parser.add_argument("--quick", action="store_true", help="few and short samples: shows that everything runs, not how fast")
    parser.add_argument("--setups", default=",".join(SETUPS), metavar="LIST",
                        help="PyTorch's set-ups, of which `plain` is PyTorch as installed (default: %(default)s)")
    parser.add_argument("--python", default=sys.executable, metavar="PATH", help="a Python that has PyTorch (default: %(default)s)")
    parser.add_argument("--build", action="store_true", help="build the programs even if they are there")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write all measurements to this file")
    chosen = parser.parse_args()
    chosen.setups = chosen.setups.split(",")
    for setup in chosen.setups:
        if setup not in SETUPS:
            parser.error(f"--setups: {setup} is none of {', '.join(SETUPS)}")
    if "plain" not in chosen.setups:
        parser.error("--setups: plain is required")
    if "compiled" in chosen.setups and not (shutil.which("g++") or shutil.which("clang++")):
        print("no C++ compiler: PyTorch's set-up `compiled` is left out", file=sys.stderr)
        chosen.setups.remove("compiled")
    if chosen.rounds < 1 or chosen.threads < 1:
        parser.error("--rounds and --threads are at least 1")
    return chosen


class Program:
    """A command that measures, and the keys that it has."""

    def __init__(self, name, command):
        self.name, self.command = name, command
        self.keys = self.run("--list").split()

    def run(self, *arguments):
        done = subprocess.run([*self.command, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            said = "\n".join(done.stderr.strip().splitlines()[-12:])
            raise Failed(f"{self.name} failed:\n{said}", done.stdout)
        return done.stdout

    def measure(self, *arguments):
        return json.loads(self.run(*arguments).splitlines()[-1])


class Failed(Exception):
    """A program ended with an error; `stdout` is what it printed before."""

    def __init__(self, message, stdout):
        super().__init__(message)
        self.stdout = stdout


def built(folder, arguments, program, always):
    """The path of a program that cargo builds in `folder`."""
    target = os.environ.get("CARGO_TARGET_DIR", folder / "target") if folder == ROOT else folder / "target"
    path = pathlib.Path(target) / "release" / program
    if path.exists() and not always:
        newest = max(source.stat().st_mtime for part in ("benches", "crates", "src") for source in (folder / part).rglob("*.rs"))
        if newest > path.stat().st_mtime:
            print(f"warning: {program} is older than its source; --build builds it again", file=sys.stderr)
    if always or not path.exists():
        print(f"building {program} (cargo build --release, in {folder})", file=sys.stderr)
        environment = dict(os.environ)
        if folder != ROOT:
            environment.pop("CARGO_TARGET_DIR", None)
        try:
            subprocess.run(["cargo", "build", "--release", "-q", *arguments], cwd=folder, env=environment, check=True)
        except FileNotFoundError:
            sys.exit("error: cargo was not found; it builds the programs that are measured")
        except subprocess.CalledProcessError:
            sys.exit(f"error: {program} could not be built")
    return [str(path)]


def programs(chosen):
    ours = built(ROOT, ["-p", "rushlight-benches", "--bin", "peers"], "peers", chosen.build)
    torch = [chosen.python, str(HERE / "pytorch.py")]
    try:
        found = [Program(f"PyTorch, {setup}", [*torch, "--setup", setup]) for setup in chosen.setups]
    except FileNotFoundError:
        sys.exit(f"error: --python: {chosen.python} was not found")
    found.insert(1, Program(OURS, ours))
    if chosen.full:
        for name in ("candle", "burn"):
            found.append(Program(name, built(HERE / name, [], f"peer-{name}", chosen.build)))
    return found


def measured(program, arguments, keys, failures):
    """What a program measures; after a failure, what it measured until then."""
    try:
        results = program.measure(*arguments)
    except Failed as failed:
        print(failed, file=sys.stderr)
        failures.append(str(failed))
        lines = failed.stdout.strip().splitlines()
        results = json.loads(lines[-1]) if lines else {}
    return {key: value for key, value in results.items() if key in keys}


def measure_all(chosen, found, rounds, failures):
    """Appends a {program: {key: value}} to `rounds` for each round."""
    common = ["--threads", str(chosen.threads), *(["--quick"] if chosen.quick else [])]

    def asked_for(key):
        return not chosen.only or any(key.startswith(prefix) for prefix in chosen.only)

    ours = next(program for program in found if program.name == OURS)
    keys = [key for key in ours.keys if asked_for(key)]
    if not keys and not any(asked_for(f"peak_mb_{workload}") for workload in MEMORY):
        sys.exit(f"error: --only: no row starts with {' or '.join(chosen.only)}; peers --list prints the keys")
    groups = [keys[i:i + ROWS_AT_A_TIME] for i in range(0, len(keys), ROWS_AT_A_TIME)]
    for number in range(chosen.rounds):
        results = {program.name: {} for program in found}
        rounds.append(results)
        # The next round begins with the next program.
        order = found[number % len(found):] + found[:number % len(found)]
        for group in groups:
            print(f"round {number + 1} of {chosen.rounds}: {', '.join(group)}", file=sys.stderr)
            for program in order:
                wanted = [key for key in group if key in program.keys]
                if wanted:
                    only = [argument for key in wanted for argument in ("--only", key)]
                    results[program.name].update(measured(program, [*common, *only], wanted, failures))
    for workload in MEMORY:
        key = f"peak_mb_{workload}"
        if asked_for(key):
            print(f"peak memory: {workload}", file=sys.stderr)
            for program in found:
                # The other set-ups of PyTorch trade memory for speed.
                if program.name in (OURS, INSTALLED, "candle", "burn"):
                    arguments = ["--threads", str(chosen.threads), "--memory", workload]
                    rounds[0][program.name].update(measured(program, arguments, [key], failures))


def table(found, rounds, reaches):
    """A row for each key: {column: value}."""
    ours = next(program for program in found if program.name == OURS)
    rows = []
    for key in [*ours.keys, *(f"peak_mb_{workload}" for workload in MEMORY)]:
        def median(program):
            values = [results[program][key] for results in rounds if key in results.get(program, {})]
            return statistics.median(values) if values else None

        torch = [p.name for p in found if p.name.startswith("PyTorch")]
        medians = {name: median(name) for name in (OURS, "candle", "burn", *torch)}
        ratios = []
        for results in rounds:
            peers = [values[key] for name, values in results.items() if name != OURS and key in values]
            if peers and key in results[OURS]:
                ratios.append(min(peers) / results[OURS][key])
        if medians[OURS] is None and not any(medians.values()):
            continue
        rows.append({
            "key": key,
            "ours": medians[OURS],
            "torch": medians[INSTALLED],
            "torch_best": min((medians[name] for name in torch if medians[name]), default=None),
            "candle": medians["candle"],
            "burn": medians["burn"],
            "ratio": statistics.median(ratios) if ratios else None,
            "ratios": ratios,
            "reach": reaches.get(key),
        })
    return rows


def number(value):
    """Four significant digits."""
    if value is None:
        return "-"
    digits = 4 - len(str(int(value))) if value >= 1 else 4
    return f"{value:.{max(0, digits)}f}"


def at(ratio, aim):
    """Whether a ratio reaches an aim, to the two digits that are printed."""
    return ratio is not None and ratio >= aim - 0.005


def markdown(rows, full):
    lines = [
        "| row | Rushlight | PyTorch as installed | best of PyTorch | candle | burn | best peer / Rushlight | smallest to largest | reach |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        scale = 1 if row["key"].startswith("peak_mb_") else 1e6
        values = [row[name] and row[name] * scale for name in ("ours", "torch", "torch_best", "candle", "burn")]
        ratio = "-" if row["ratio"] is None else f"{row['ratio']:.2f}"
        spread = f"{min(row['ratios']):.2f} to {max(row['ratios']):.2f}" if row["ratios"] else "-"
        reach = "-" if row["reach"] is None else f"{row['reach']:g}"
        lines.append(f"| {row['key']} | {' | '.join(map(number, values))} | {ratio} | {spread} | {reach} |")
    ahead = sum(at(row["ratio"], 1.0) for row in rows)
    aimed = [row for row in rows if row["reach"] is not None]
    reached = sum(at(row["ratio"], row["reach"]) for row in aimed)
    peers = "the best peer" if full else "PyTorch"
    lines.append("")
    lines.append(f"{ahead} of {len(rows)} rows at or ahead of {peers}; {reached} of the {len(aimed)} rows that have a reach are at it.")
    return "\n".join(lines)


def machine(chosen):
    """The machine and the versions, as text by name."""
    try:
        info = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        info = ""
    model = re.search(r"model name\s*: (.*)", info)
    family = re.search(r"cpu family\s*: (\d+)\s*model\s*: (\d+)", info)
    flags_of_cpu = set(info.split())
    vectors = next((name for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags_of_cpu), "neither AVX-512 nor AVX2")

    def said(*command):
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            return "unknown"

    facts = {
        "CPU": (model.group(1) if model else platform.processor() or platform.machine())
        + (f" (family {family.group(1)}, model {family.group(2)})" if family else ""),
        "vectors": vectors,
        "CPUs": str(os.cpu_count()),
        "threads": str(chosen.threads),
        "Rushlight": said("git", "describe", "--always", "--dirty"),
        "rustc": said("rustc", "--version").removeprefix("rustc "),
        "PyTorch": said(chosen.python, "-c", "import torch; print(torch.__version__)"),
        "set-ups": ", ".join(chosen.setups),
    }
    for variable in ("RUSHLIGHT_SIMD", "ATEN_CPU_CAPABILITY", "MKL_ENABLE_INSTRUCTIONS", "ONEDNN_MAX_CPU_ISA"):
        if variable in os.environ:
            facts[variable] = os.environ[variable]
    if chosen.full:
        for name, package in (("candle", "candle-core"), ("burn", "burn")):
            lock = (HERE / name / "Cargo.lock").read_text()
            facts[name] = re.search(rf'name = "{package}"\nversion = "(.*)"', lock).group(1)
    return facts


def main():
    chosen = flags()
    failures = []
    try:
        found = programs(chosen)
    except Failed as failed:
        sys.exit(f"error: {failed}")
    rounds = []
    # What was measured until then is printed after Ctrl-C and after a time limit.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        measure_all(chosen, found, rounds, failures)
    except KeyboardInterrupt:
        failures.append("interrupted")
    rows = table(found, rounds, json.loads((HERE / "reach.json").read_text()))
    facts = machine(chosen)
    print("; ".join(f"{name}: {fact}" for name, fact in facts.items()) + ".")
    rounds_of = "one round" if chosen.rounds == 1 else f"{chosen.rounds} rounds"
    print(f"Medians of {rounds_of} in microseconds; `peak_mb` in MB.{' Short samples.' if chosen.quick else ''}\n")
    print(markdown(rows, chosen.full))
    if chosen.json:
        chosen.json.write_text(json.dumps({"machine": facts, "rounds": rounds, "rows": rows, "failures": failures}, indent=1))
    if failures:
        sys.exit("\nerror: not every row was measured:\n" + "\n".join(failures))


if __name__ == "__main__":
    main()
