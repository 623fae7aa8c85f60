"""Asks Docker Compose and dockwright's own loader for the model of many stacks, and prints where they differ.

    python benchmarks/conformance.py generated [--cases 2000] [--seed 0]
    python benchmarks/conformance.py broken [--cases 500] [--seed 0]
    python benchmarks/conformance.py found FOLDER...

`generated` makes stacks by the strategies of the tests, and `broken` damages each of them in one place. `found` takes
the stacks of real projects, one a folder: each as `config --no-interpolate` and as `config` shows it, and again with
the env files and required variables that are not in the repository made up. Two that refuse agree. The exit code is 1
when any two differ.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from compose_peer import Answer, Case, Said, answers, own_answer, project_cases, real_answer

SHOWN = 40  # differing cases
DAMAGE = (
    "null",
    "[]",
    "{}",
    "5",
    "1.5",
    "true",
    '""',
    "[a, a]",
    "{a: b}",
    "!reset x",
    "*none",
    "${",
    "${NONE:?}",
    "- a",
    "x",
)


def generated(count: int, seed: int) -> Iterator[Case]:
    """That many cases of the tests' strategies."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    from stack_strategies import cases

    found: list[Case] = []

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def collect(case: Case) -> None:
        found.append(case)

    collect()
    yield from found


def broken(count: int, seed: int) -> Iterator[Case]:
    """That many cases, each with a line of a file damaged, so that most are refused."""
    chance = random.Random(seed)
    for case in generated(count, seed):
        path = chance.choice(case.call.files)
        lines = str(case.files[path]).split("\n")
        at = chance.randrange(len(lines))
        key, colon, value = lines[at].partition(":")
        match chance.randint(0, 4):
            case 0:
                lines[at] = f"{key}{colon} {chance.choice(DAMAGE)}"
            case 1:
                lines[at] = f"{key}x{colon}{value}"
            case 2:
                del lines[at]
            case 3:
                lines.insert(at, lines[chance.randrange(len(lines))])
            case _:
                lines[at] = lines[at].replace("  ", " ", 1)
        yield case._replace(files={**case.files, path: "\n".join(lines)})


def shown(answer: Answer) -> str:
    """A case that the two see differently, for reading."""
    case = answer.case
    kind = "config" if case.interpolates else "config --no-interpolate"
    return "\n".join([f"{kind} of {' + '.join(case.call.files)}:", *(f"    {line}" for line in answer.differences[:8])])


def main(arguments: list[str]) -> int:
    """Print the figures and the differences; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    kinds = parser.add_subparsers(dest="kind", required=True)
    made = kinds.add_parser("generated")
    damaged = kinds.add_parser("broken")
    for each, cases in ((made, 2000), (damaged, 500)):
        each.add_argument("--cases", type=int, default=cases)
        each.add_argument("--seed", type=int, default=0)
    real = kinds.add_parser("found")
    real.add_argument("folders", nargs="+", metavar="FOLDER")
    options = parser.parse_args(arguments)
    if options.kind == "found":
        asked = [case for folder in options.folders for case in project_cases(folder)]
    else:
        asked = list((broken if options.kind == "broken" else generated)(options.cases, options.seed))

    differing: list[Answer] = []
    refused = 0
    for answer in answers(asked):
        if not answer.agree:
            differing.append(answer)
        elif isinstance(answer.real, str):
            refused += 1
    sample = asked[:: max(1, len(asked) // 50)]
    print(f"cases {len(asked)}, agreements {len(asked) - len(differing)} (both refuse {refused}), ", end="")
    print(f"differences {len(differing)}")
    print(f"median milliseconds a case: Compose {median(real_answer, sample)}, the loader {median(own_answer, sample)}")
    for answer in differing[:SHOWN]:
        print(shown(answer))
    return int(bool(differing))


def median(ask: Callable[[Case], Said], sample: list[Case]) -> str:
    """What a case takes, parsing included."""
    taken = []
    for case in sample:
        start = time.perf_counter()
        ask(case)
        taken.append(time.perf_counter() - start)
    return f"{sorted(taken)[len(taken) // 2] * 1e3:.1f}" if taken else "-"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
