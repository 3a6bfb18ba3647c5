"""How metrics are computed: sums over rows, confidence intervals, calibration, baselines that count. Knows no task."""
