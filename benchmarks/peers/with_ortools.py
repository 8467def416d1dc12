"""OR-Tools' routing library. It can express every rule; all of them are modelled."""

from __future__ import annotations

import numpy as np
from instance import DETOUR, FORBIDDEN_KM, STOPS, arguments, write
from ortools.constraint_solver import pywrapcp, routing_enums_pb2


def main() -> None:
    instance, args = arguments()
    parties = instance.parties
    many = len(parties)
    # node 0 is the depot, then every pickup, then every drop
    place = np.array([len(instance.km)] + [p[0] for p in parties] + [p[1] for p in parties])
    km = instance.with_depot(instance.arcs())[np.ix_(place, place)]
    fleet = instance.fleet(each=max(4, many // 14))
    manager = pywrapcp.RoutingIndexManager(len(place), len(fleet), 0)
    routing = pywrapcp.RoutingModel(manager)
    # half a yuan is the unit
    by_type = [
        routing.RegisterTransitMatrix(np.rint(2 * per_km * km).astype(int).tolist())
        for _, _, per_km in instance.types
    ]
    for vehicle, (kind, _) in enumerate(fleet):
        routing.SetArcCostEvaluatorOfVehicle(by_type[kind], vehicle)
        routing.SetFixedCostOfVehicle(int(2 * instance.types[kind][1]), vehicle)
    people = [0] + [p[2] for p in parties] + [-p[2] for p in parties]
    routing.AddDimensionWithVehicleCapacity(
        routing.RegisterUnaryTransitVector(people),
        0,
        [instance.types[kind][0] for kind, _ in fleet],
        True,
        "seats",
    )
    routing.AddDimension(
        routing.RegisterTransitMatrix(km.tolist()), 0, FORBIDDEN_KM - 1, True, "km"
    )
    pickup = np.arange(len(place)) <= many
    pickup[0] = False
    drop = np.arange(len(place)) > many
    other = place[:, None] != place[None]
    for name, side in (("pickups", pickup), ("drops", drop)):
        moves = (other & side[:, None] & side[None]).astype(int)
        routing.AddDimension(
            routing.RegisterTransitMatrix(moves.tolist()), 0, STOPS - 1, True, name
        )
    ride = routing.GetDimensionOrDie("km")
    solver = routing.solver()
    of_day = {day: [v for v, (_, on) in enumerate(fleet) if on == day] for day in instance.days}
    for party, (o, d, _, first, last) in enumerate(parties):
        board, alight = manager.NodeToIndex(1 + party), manager.NodeToIndex(1 + many + party)
        routing.AddPickupAndDelivery(board, alight)
        solver.Add(routing.VehicleVar(board) == routing.VehicleVar(alight))
        solver.Add(ride.CumulVar(board) <= ride.CumulVar(alight))
        longest = int(np.floor(DETOUR * instance.km[o, d] + 1e-9))
        solver.Add(ride.CumulVar(alight) - ride.CumulVar(board) <= longest)
        # -1 is nobody: the party travels alone
        allowed = [-1] + [v for day in range(first, last + 1) for v in of_day[day]]
        for index in (board, alight):
            routing.VehicleVar(index).SetValues(allowed)
        routing.AddDisjunction([board, alight], int(2 * instance.alone(party)), 2)
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    search.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    search.time_limit.FromMilliseconds(int(1000 * args.time))
    found = routing.SolveWithParameters(search)
    routes = []
    for vehicle, (kind, day) in enumerate(fleet):
        visits = []
        index = routing.Start(vehicle) if found else routing.End(vehicle)
        while not routing.IsEnd(index):
            node = manager.IndexToNode(index)
            if node:
                visits.append(((node - 1) % many, node <= many))
            index = found.Value(routing.NextVar(index))
        routes.append((kind, day, visits))
    write(args.plan_out, instance, routes)


if __name__ == "__main__":
    main()
