"""What a run's message is made of: the address of the API, and an evaluation as the gate keeps it."""

from __future__ import annotations

from contracts.spec import Gate
from functions.judge import gate
from tests.unit.functions.specs import evaluation_object

API = "https://api.example/live"
GATE = Gate(metric="accuracy")
KEPT = gate.summary(evaluation_object(), GATE, gate.decide(evaluation_object(), GATE))
