from __future__ import annotations

from benchmarks.training import TrainingRun, table


def test_the_table_compares_medians_with_ours() -> None:
    runs = {
        "dynamic": [
            TrainingRun(100, 10, 16, 0.75, 900),
            TrainingRun(100, 20, 12, 0.77, 1100),
            TrainingRun(100, 5, 20, 0.8, 1000),
        ],
        "ours": [TrainingRun(100, 4, 8, 0.8, 1500)],
        "tutorial": [TrainingRun(32, 32, 64, None, 2000)],
    }
    assert list(table(runs))[1:] == [
        "| dynamic | 10.0 | 160.0 | 2.50 | 2.00 | 0.773 (0.750 to 0.800) | 1,000 MB |",
        "| ours | 25.0 | 80.0 | 1.00 | 1.00 | 0.800 | 1,500 MB |",
        "| tutorial | 1.0 | 2000.0 | 25.00 | 25.00 | - | 2,000 MB |",
    ]


def test_without_ours_there_is_nothing_to_compare_with() -> None:
    assert list(table({"bare": [TrainingRun(100, 4, 8, 0.8, 1500)]}))[1:] == [
        "| bare | 25.0 | 80.0 |  |  | 0.800 | 1,500 MB |"
    ]
