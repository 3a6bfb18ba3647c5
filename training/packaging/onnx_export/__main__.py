"""Packs an ONNX graph into a finished model folder.

    python -m training.packaging.onnx_export <model folder> [--precision float32|int8]

Without held-out rows nothing is measured, so int8 is made only on request. A training job runs
`python -m training.packaging.onnx_export --asked <folder>` instead: it reads `asked.json` there and writes
`found.json` and `onnx/`.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from inference.model.onnx_manifest import FLOAT32, FOLDER, INT8
from inference.model.task_of import task_of
from inference.protocols.errors import ArchiveError
from tasks import TASKS
from training import log, thread_settings
from training.packaging.onnx_export.errors import NotExportedError
from training.packaging.onnx_export.families import FAMILIES


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.packaging.onnx_export", description="Packs an ONNX graph."
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--precision", choices=(FLOAT32, INT8), default=FLOAT32)
    parser.add_argument("--asked", action="store_true", help="the folder is that of a training job's request")
    given = parser.parse_args(argv)
    thread_settings.apply()
    log.quieten_libraries()
    # The quantizer recommends a step that these graphs do without.
    logging.getLogger().setLevel(logging.ERROR)
    if given.asked:
        from training.packaging.onnx_export.export_process import answer  # noqa: PLC0415

        answer(given.folder)
        return 0
    try:
        print(_into_a_folder(given.folder, given.precision))
    except (NotExportedError, ArchiveError) as error:
        print(f"There is no graph: {error}", file=sys.stderr)
        return 1
    return 0


def _into_a_folder(model_dir: Path, precision: str) -> str:
    from training.packaging.onnx_export.precision import chosen  # noqa: PLC0415
    from training.packaging.packing import pack_graph  # noqa: PLC0415

    task = task_of(model_dir)
    family = TASKS[task].family
    if family not in FAMILIES:
        raise NotExportedError(f"a model of {task} writes texts, which torch serves")
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        choice = chosen(model_dir, task, family, Path(folder), precision=precision, most_lost=0.0, judge=None)
        pack_graph(choice.graph.folder, choice.graph.exported, model_dir)
    size = choice.bytes[choice.graph.exported.precision] / 1e6
    return f"Packed {FOLDER}/{choice.graph.exported.file}: {size:,.0f} MB in {choice.seconds:.1f} s, not measured"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
