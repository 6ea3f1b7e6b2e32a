"""The table of ``bench.json``: ``python benchmarks/table.py`` puts it into ``benchmarks/README.md``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from driftsim.bench import BUSY

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"
RESULTS = HERE / "results" / "bench.json"
BEGIN, END = "<!-- bench: written by table.py -->", "<!-- bench: end -->"


def millions(case: dict[str, Any]) -> str:
    """Median and best rate, and the same by the clock."""
    rate, best, wall = (case[k] / 1e6 for k in ("particle_steps_per_core_s", "best", "by_wall"))
    return f"{rate:.1f} (best {best:.1f}; by the clock {wall:.1f}), {case['windows']} windows{disturbed(case)}"


def disturbed(case: dict[str, Any]) -> str:
    """A remark where a case had less of a processor than it asked for."""
    share = case["cpu_share"]
    return "" if share >= BUSY else f"; **disturbed**: processor time {share:.0%} of that by the clock"


def rows(cases: dict[str, Any], where: dict[str, float]) -> list[tuple[str, str]]:
    """Each line of the table: what was measured, and what came out."""
    job, start, growth, ceiling = (cases[name] for name in ("job", "startup", "growth", "ceiling"))
    by_number = ", ".join(f"{int(n):,}: {rate / 1e6:.1f}" for n, rate in growth["by_particles"].items())
    by_days = ", ".join(f"{days} d: {rate / 1e6:.1f}" for days, rate in growth["by_days"].items())
    left_out = cases["parts"]["ns_per_step_without"]
    return [
        ("`currents`, million steps/s and core", millions(cases["currents"])),
        ("`double`: the same in double precision", millions(cases["double"])),
        ("`ceiling`: the arithmetic of `currents` alone", millions(ceiling)),
        (
            "… ns a step: arithmetic / driver; share reached",
            f"{ceiling['ns_per_step']:.1f} / {ceiling['driver_ns_per_step']:.1f}; {ceiling['share_reached']:.0%}",
        ),
        ("`boats`, million steps/s and core", millions(cases["boats"])),
        (
            "`parts`: ns a step without " + " / ".join(left_out),
            " / ".join(f"{ns:.1f}" for ns in left_out.values()) + disturbed(cases["parts"]),
        ),
        (
            "where a step of `boats` goes, ns",
            "; ".join(f"{what} {ns:.1f}" for what, ns in where.items()) + f"; in all {sum(where.values()):.1f}",
        ),
        (
            "`threads`: speed-up by the clock",
            ", ".join(f"{n}: {up:.2f}" for n, up in cases["threads"]["speed_up"].items()) + disturbed(cases["threads"]),
        ),
        ("`growth`: million steps/s and core by particles", by_number),
        ("… by length of the run, 10,000 particles", by_days),
        (
            "… largest over smallest from 10,000 on; bytes a particle",
            f"{1 + growth['spread_from_10000_on']:.2f}; {growth['bytes_per_particle']}{disturbed(growth)}",
        ),
        (
            f"`job`: {job['particles']:,} boats, {job['steps'] // 24} days, {job['threads']} threads",
            f"{job['wall_s']:.0f} s (driving {job['drive_s']:.0f} s, writing {job['write_s']:.0f} s), "
            f"{job['cpu_s']:.0f} s of processors, "
            f"{job['particle_steps'] / 1e9:.2f} thousand million steps, {job['peak_memory_mb']:.0f} MB"
            f"{disturbed(job)}",
        ),
        (
            "`startup`: `--help` / import / first call, warm / cold cache",
            " / ".join(
                f"{start[key]['median']:.2f} s"
                for key in ("help_s", "import_s", "first_call_warm_s", "first_call_cold_s")
            )
            + disturbed(start),
        ),
    ]  # fmt: skip


def markdown(result: dict[str, Any]) -> str:
    """The whole table, with what it was measured on."""
    machine = result["machine"]
    loads = [case["load_average"] for case in result["cases"].values() if case.get("load_average") is not None]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}, numba "
        f"{machine['numba']}, numpy {machine['numpy']}, driftsim commit {machine['commit']}. Load of the machine "
        f"{min(loads):.1f} to {max(loads):.1f}, the benchmark's own included.",
        "",
        "| case | result |",
        "|---|---|",
        *(f"| {what} | {found} |" for what, found in rows(result["cases"], result["where"])),
    ]
    return "\n".join(lines)


def main() -> None:
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    result = json.loads(RESULTS.read_text(encoding="utf-8"))
    README.write_text(f"{before}{BEGIN}\n{markdown(result)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
