"""What `dockwright plan` of the example takes, with and without the proof, and where the time goes.

    python -m benchmarks.plan [--runs N]

The dockwright that runs this is measured, without the step packaging, which asks uv and so the network. The commands
take turns; `--format patch` is the plan without the proof. The steps are timed one after another in one process, with
their processor time: the fixes of the rules count as one of them.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import sys
import time
from collections.abc import Iterable
from statistics import median

from benchmarks.installed import EXAMPLE, verdict
from benchmarks.timing import measured
from dockwright import __version__
from dockwright.plan import Plan, make_plan
from dockwright.project.discover import discover
from dockwright.project.model import Project
from dockwright.proof.static import prove
from dockwright.refactor.step import Proposal, Step
from dockwright.refactor.steps import CLOSING, to_target_layout
from dockwright.rule import all_rules
from dockwright.tools import Tools

BUDGET = 1.0
"""Seconds on the clock that a plan of the example may take, proof included."""

PROOF_BUDGET = 0.3
"""Seconds of the processor that the proof of the example may take by dockwright's own loader."""

_SHOWN = 12
"""How many steps are shown, the dearest first."""


def main(arguments: list[str]) -> int:
    """Measure, and print the tables and the requirement."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=9, metavar="N", help="rounds that count (default: 9)")
    options = parser.parse_args(arguments)

    dockwright = [sys.executable, "-m", "dockwright"]
    plan = [*dockwright, "plan", "--skip", "packaging", str(EXAMPLE)]
    commands = {
        "dockwright --version": [*dockwright, "--version"],
        "dockwright audit": [*dockwright, "audit", str(EXAMPLE)],
        "plan without proof": [*plan, "--format", "patch"],
        "plan": [*plan, "--stat"],
    }
    taken = measured(commands, options.runs)
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    print(f"{os.cpu_count()} cores (load {loads}), Python {platform.python_version()}, dockwright {__version__};")
    print(f"medians of {options.runs} interleaved runs\n")
    print(f"{'':<24}{'ms':>8}{'processor ms':>14}")
    for name, runs in taken.items():
        wall, processor = (median(times) for times in zip(*((run.wall, run.processor) for run in runs), strict=True))
        print(f"{name:<24}{wall * 1e3:>8.0f}{processor * 1e3:>14.0f}")
    _by_step(options.runs)
    proof = _proof(options.runs)
    wall = median(run.wall for run in taken["plan"])
    said = f"the example proved within {PROOF_BUDGET * 1e3:.0f} ms ({proof * 1e3:.0f} ms)"
    print(f"\n{verdict(proof < PROOF_BUDGET)}: {said}")
    print(f"{verdict(wall < BUDGET)}: the example planned and proved within {BUDGET:.0f} s ({wall:.2f} s)")
    return 0


def _proof(runs: int) -> float:
    """The processor's seconds of the proof of a plan that was made just now, by the loader alone."""
    taken = []
    for _ in range(runs):
        steps = [step for step in to_target_layout(Tools()) if step.name != "packaging"]
        plan = make_plan(discover(str(EXAMPLE)), all_rules(), steps, closing=CLOSING)
        gc.disable()  # as the program does
        start = time.process_time()
        proof = prove(plan)
        taken.append(time.process_time() - start)
        gc.enable()
    print(f"\n{'proof of ' + str(len(plan.patches)) + ' patches by the loader':<50}{median(taken) * 1e3:>14.0f}")
    print(f"kept {proof.kept}, changed {len(proof.intended)}, broken {len(proof.broken)}")
    return median(taken)


def _by_step(runs: int) -> None:
    """Time the steps, each with all that it has to find out about the project, and print the dearest."""
    spent: dict[str, list[float]] = {}
    for _ in range(runs):
        for name, seconds in _one_plan().items():
            spent.setdefault(name, []).append(seconds)
    medians = sorted(((median(times), name) for name, times in spent.items()), reverse=True)
    print(f"\n{'by step, in one process':<50}{'processor ms':>14}")
    for seconds, name in [*medians[:_SHOWN], (sum(each for each, _ in medians[_SHOWN:]), "all others")]:
        print(f"{name[:48]:<50}{seconds * 1e3:>14.0f}")


def _one_plan() -> dict[str, float]:
    """The processor's seconds of each step of a plan, and of the rules' fixes."""
    start = time.process_time()
    project = discover(str(EXAMPLE))
    spent = {"discovery": time.process_time() - start}
    steps = [_Timed(step, spent) for step in to_target_layout(Tools()) if step.name != "packaging"]
    planned = _timed_plan(project, steps, spent)
    assert planned.patches
    return spent


def _timed_plan(project: Project, steps: Iterable[Step], spent: dict[str, float]) -> Plan:
    before, start = sum(spent.values()), time.process_time()
    plan = make_plan(project, all_rules(), steps, closing=[_Timed(step, spent) for step in CLOSING])
    spent["fixes of rules"] = time.process_time() - start - (sum(spent.values()) - before)
    return plan


class _Timed:
    """A step whose time is written down."""

    def __init__(self, step: Step, spent: dict[str, float]) -> None:
        self.name, self.title = step.name, step.title
        self._step, self._spent = step, spent

    def propose(self, project: Project) -> Proposal:
        start = time.process_time()
        proposal = self._step.propose(project)
        key = f"{self.name}: {self.title}"
        self._spent[key] = self._spent.get(key, 0.0) + time.process_time() - start
        return proposal


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
