"""OR-Tools' routing library, a shift at a time, with the ride limit as a dimension."""

from __future__ import annotations

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from shuttle import Route, Shift, main


def route(shift: Shift, seconds: float, seed: int, share: float) -> list[Route]:
    many = len(shift.pieces)
    # node 0 is both the start, left at no cost, and the gate
    time = np.zeros((many + 1, many + 1), dtype=int)
    time[1:, 1:], time[1:, 0] = shift.seconds, shift.to_gate
    metres = np.zeros_like(time)
    metres[1:, 1:], metres[1:, 0] = shift.metres, shift.metres_to_gate
    manager = pywrapcp.RoutingIndexManager(many + 1, many, 0)
    routing = pywrapcp.RoutingModel(manager)
    cost = (metres * shift.per_km).astype(int)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(cost.tolist()))
    routing.SetFixedCostOfAllVehicles(int(share * shift.fixed * 1000))
    riders = routing.RegisterUnaryTransitVector([0] + [n for _, n in shift.pieces])
    routing.AddDimension(riders, 0, shift.seats, True, "seats")
    routing.AddDimension(routing.RegisterTransitMatrix(time.tolist()), 0, shift.ride, True, "ride")
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    search.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    search.time_limit.FromMilliseconds(int(1000 * seconds))
    found = routing.SolveWithParameters(search)
    if not found:
        raise SystemExit("OR-Tools found no runs")
    runs = []
    for vehicle in range(many):
        index, run = routing.Start(vehicle), []
        while not routing.IsEnd(index):
            run.append(manager.IndexToNode(index) - 1)
            index = found.Value(routing.NextVar(index))
        runs.append(run[1:])
    return [run for run in runs if run]


main(route)
