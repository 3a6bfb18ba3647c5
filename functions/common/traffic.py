"""How a run's deployment moves requests, and the alarms that watch it.

They are named by its config, so that no run has another's.
"""

from __future__ import annotations

from contracts.deployment_record import DeploymentRecord
from deployment_modes import find_mode
from deployment_modes.traffic import Alarm, TrafficShift


def shift_of(deployment: DeploymentRecord) -> TrafficShift | None:
    """None where all requests go over at once, or nothing has been deployed."""
    if not deployment.mode or not deployment.config:
        return None
    return find_mode(deployment.mode).traffic_shift(deployment.settings)


def alarms_of(deployment: DeploymentRecord) -> tuple[Alarm, ...]:
    shift = shift_of(deployment)
    return shift.alarms(deployment.config) if shift else ()


def alarm_names(deployment: DeploymentRecord) -> list[str]:
    return [alarm.name for alarm in alarms_of(deployment)]
