"""Measure, and print one page of tables with our figures and the rivals' from the same run.

A benchmark is a module of this folder that offers `NAME`, its title, and `run(quick) -> list[Figure]`: see BENCHMARKS.
"""

import argparse
import importlib
import json
from dataclasses import replace
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.machine import describe, load_average
from benchmarks.place import FOLDER
from benchmarks.report import as_json, as_markdown

BENCHMARKS = ("turns", "replicas", "lone", "due", "delivery", "promptness", "startup", "memory")


def main() -> None:
    options = arguments()
    FOLDER.mkdir(parents=True, exist_ok=True)
    machine = describe(FOLDER)
    results: dict[str, list[Figure]] = {}
    for name in options.names or BENCHMARKS:
        benchmark = importlib.import_module(f"benchmarks.{name}")
        results[benchmark.NAME] = benchmark.run(options.quick)
    machine = replace(machine, load_after=load_average())
    print(as_markdown(machine, results))
    if options.json:
        page = json.dumps(as_json(machine, results), ensure_ascii=False, indent=2)
        options.json.write_text(page + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="a short run, for a look")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE as well")
    return parser.parse_args()


if __name__ == "__main__":
    main()
