"""PyVRP, a shift at a time; starting at the first stop at no cost makes the ride limit true."""

from __future__ import annotations

import pyvrp
from pyvrp.stop import MaxRuntime
from shuttle import Route, Shift, main


def route(shift: Shift, seconds: float, seed: int, share: float) -> list[Route]:
    model = pyvrp.Model()
    spot, gate = model.add_location(0, 0), model.add_location(0, 0)
    depots = [model.add_depot(spot), model.add_depot(gate)]
    places = [model.add_location(0, 0) for _ in shift.pieces]
    for (_, riders), place in zip(shift.pieces, places, strict=True):
        model.add_client(place, pickup=riders)
    model.add_vehicle_type(
        len(places),
        shift.seats,
        depots[0],
        depots[1],
        fixed_cost=int(share * shift.fixed * 1000),
        shift_duration=shift.ride,
        unit_distance_cost=int(shift.per_km),
    )
    for j, place in enumerate(places):
        model.add_edge(spot, place, 0, 0)
        model.add_edge(place, gate, int(shift.metres_to_gate[j]), int(shift.to_gate[j]))
        for i, other in enumerate(places):
            if i != j:
                model.add_edge(other, place, int(shift.metres[i, j]), int(shift.seconds[i, j]))
    best = model.solve(MaxRuntime(seconds), seed=seed, display=False).best
    if not best.is_feasible():
        raise SystemExit("PyVRP found no feasible runs")
    return [[stop.idx for stop in run if stop.is_client()] for run in best.routes()]


main(route)
