"""Packs an ONNX graph into a finished model folder.

    python -m training.packaging.onnx_export <model folder> [--precision float32|int8]

Without held-out rows nothing is measured, so int8 is made only on request. A training job runs
`python -m training.packaging.onnx_export --job <folder>` instead, where `<folder>` is that of its `SideProcess`.
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
from training.common import log, thread_settings
from training.packaging.onnx_export.errors import NotExportedError
from training.recipes import recipe_of


def main(argv: Sequence[str]) -> int:
    """The exit code."""
    program = "python -m training.packaging.onnx_export"
    parser = argparse.ArgumentParser(prog=program, description="Packs an ONNX graph.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--precision", choices=(FLOAT32, INT8), default=FLOAT32)
    parser.add_argument(
        "--job",
        action="store_true",
        help="the folder is that of a training job's request",
    )
    options = parser.parse_args(argv)
    thread_settings.apply()
    log.quieten_libraries()
    # The quantizer recommends a step that these graphs do without.
    logging.getLogger().setLevel(logging.ERROR)
    if options.job:
        from training.packaging.onnx_export.export_process import answer  # noqa: PLC0415

        answer(options.folder)
        return 0
    try:
        print(_pack_graph_into(options.folder, options.precision))
    except (NotExportedError, ArchiveError) as error:
        print(f"There is no graph: {error}", file=sys.stderr)
        return 1
    return 0


def _pack_graph_into(model_dir: Path, precision: str) -> str:
    """What was packed. Raises `NotExportedError` or `ArchiveError`."""
    from training.packaging.onnx_export.precision import choose_graph  # noqa: PLC0415
    from training.packaging.packing import pack_graph  # noqa: PLC0415

    task = TASKS[task_of(model_dir)]
    interface = recipe_of(task, ()).trainer.graph
    if interface is None:
        raise NotExportedError(
            f"a model of {task.name} writes texts, which torch serves"
        )
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        choice = choose_graph(
            model_dir,
            task.name,
            interface,
            Path(folder),
            precision=precision,
            max_metric_loss=0.0,
            scorer=None,
        )
        manifest = choice.graph.manifest
        pack_graph(choice.graph.folder, manifest, model_dir)
    megabytes = choice.bytes[manifest.precision] / 1e6
    return f"Packed {FOLDER}/{manifest.file}: {megabytes:,.0f} MB in {choice.seconds:.1f} s, not measured"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
