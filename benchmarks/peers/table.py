"""The table of ``peers.json``: ``python benchmarks/peers/table.py`` puts it into ``benchmarks/README.md``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from driftsim.bench import BUSY

HERE = Path(__file__).resolve().parent
README = HERE.parent / "README.md"
RESULTS = HERE.parent / "results" / "peers.json"
BEGIN, END = "<!-- peers: written by peers/table.py -->", "<!-- peers: end -->"


def length(metres: float) -> str:
    """A length in a fitting unit."""
    for unit, size in (("km", 1e3), ("m", 1.0), ("mm", 1e-3)):
        if metres >= size:
            return f"{metres / size:.0f} {unit}" if metres >= 10 * size else f"{metres / size:.1f} {unit}"
    return "below 1 mm"


def off(agreement: dict[str, Any] | None) -> str:
    """How far the end positions lie apart."""
    if not agreement or "median_m" not in agreement:
        return ""
    text = f"{length(agreement['median_m'])} / {length(agreement['p95_m'])}"
    twin = agreement.get("twin", {})
    if "median_m" in twin:
        text += f" (twin {length(twin['median_m'])} / {length(twin['p95_m'])})"
    if "ashore" in agreement:
        text += f"; ashore {agreement['ashore']['peer']:.2%}, here {agreement['ashore']['driftsim']:.2%}"
    return text


def row(name: str, entry: dict[str, Any]) -> str:
    """One line of the table."""
    rate, low, high = (entry[k] / 1e6 for k in ("particle_steps_per_core_s", "lowest", "highest"))
    digits = 1 if rate >= 10 else 2
    faster = entry.get("driftsim_is_faster_by")
    ratio = f"**{faster['median']:.0f}** ({faster['lowest']:.0f}–{faster['highest']:.0f})" if faster else ""
    share = entry["cpu_share"]
    disturbed = "" if share >= BUSY else f"; processor time {share:.0%} of that by the clock"
    apart = off(entry.get("agreement"))
    memory = f"{entry['peak_memory_mb']:.0f}" if entry["peak_memory_mb"] else ""
    return (
        f"| {entry['case']} | {name} | {entry['scheme']} | {entry['particles']:,} | "
        f"{rate:.{digits}f} ({low:.{digits}f}–{high:.{digits}f}){disturbed} | {ratio} | {apart} | "
        f"{memory} | {entry['first_step_s']['median']:.1f} |"
    )


def markdown(result: dict[str, Any]) -> str:
    """The whole table, with what it was measured on."""
    machine, entries = result["machine"], result["entries"]
    loads = [e["load_average"] for e in entries.values() if e["load_average"]]
    versions = {f"{e['program']} {e['versions'].get(_package(e['program']), '')}" for e in entries.values()}
    lines = [
        f"{machine['processor']}, Python {machine['python']}, numba {machine['numba']}, driftsim commit "
        f"{machine['commit']}; {', '.join(sorted(versions))}. {result['rounds']} rounds"
        + (
            f", load of the machine {min(x['lowest'] for x in loads):.1f} to {max(x['highest'] for x in loads):.1f}"
            if loads
            else ""
        )
        + ".",
        "",
        "| case | program | scheme | particles | million steps per s and core | driftsim is faster by | "
        "end positions apart, median / 95 % | largest memory, MB | to the end of the first step, s |",
        "|---|---|---|---|---|---|---|---|---|",
        *(row(name, entry) for name, entry in entries.items()),
    ]
    lines += [f"\n{name} failed: `{' '.join(why.split())[-300:]}`" for name, why in result["failed"].items()]
    return "\n".join(lines)


def _package(program: str) -> str:
    return "parcels" if program.startswith("parcels") else program


def main() -> None:
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    result = json.loads(RESULTS.read_text())
    README.write_text(f"{before}{BEGIN}\n{markdown(result)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
