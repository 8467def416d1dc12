"""VROOM, a shift at a time: vehicles appear at their first stop; their time window is the ride."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import vroom
from shuttle import Route, Shift, main


def route(shift: Shift, seconds: float, seed: int, share: float) -> list[Route]:
    many = len(shift.pieces)
    time = np.zeros((many + 1, many + 1), dtype=np.uint32)
    time[:many, :many], time[:many, many] = shift.seconds, shift.to_gate
    np.fill_diagonal(time, 0)
    metres = np.zeros_like(time)
    metres[:many, :many], metres[:many, many] = shift.metres, shift.metres_to_gate
    problem = vroom.Input()
    problem.set_durations_matrix("car", time)
    problem.set_distances_matrix("car", metres)
    costs = vroom.VehicleCosts(fixed=int(share * shift.fixed), per_hour=0, per_km=int(shift.per_km))
    for vehicle in range(many):
        problem.add_vehicle(
            vroom.Vehicle(
                vehicle,
                end=many,
                capacity=[shift.seats],
                time_window=vroom.TimeWindow(0, shift.ride),
                costs=costs,
            )
        )
    for piece, (_, riders) in enumerate(shift.pieces):
        problem.add_job(vroom.Job(piece, location=piece, pickup=[riders]))
    found = problem.solve(exploration_level=3, nb_threads=2, timeout=timedelta(seconds=seconds))
    if len(found.unassigned):
        raise SystemExit(f"VROOM left out {len(found.unassigned)} pieces")
    steps = found.routes[found.routes["type"] == "job"]
    return [[int(i) for i in rows["id"]] for _, rows in steps.groupby("vehicle_id", sort=True)]


main(route)
