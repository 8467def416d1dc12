"""PyVRP with shipments. No ride limit, no limit of stops: both are left out."""

from __future__ import annotations

from instance import FORBIDDEN_KM, arguments, write
from pyvrp import Model
from pyvrp.stop import MaxRuntime


def main() -> None:
    instance, args = arguments()
    arcs = instance.arcs()
    model = Model()
    places = [model.add_location(0, at) for at in range(len(arcs) + 1)]
    depot = model.add_depot(places[-1])
    for a, row in enumerate(arcs.tolist()):
        model.add_edge(places[-1], places[a], 0)
        model.add_edge(places[a], places[-1], 0)
        for b, km in enumerate(row):
            model.add_edge(places[a], places[b], km)
    kinds = [(kind, day) for day in instance.days for kind in range(len(instance.types))]
    for kind, day in kinds:
        cap, fixed, per_km = instance.types[kind]
        model.add_vehicle_type(
            num_available=max(10, len(instance.parties) // 8),
            capacity=cap,
            start_depot=depot,
            end_depot=depot,
            fixed_cost=int(2 * fixed),
            tw_early=day,
            tw_late=day,
            unit_distance_cost=int(2 * per_km),
            name=f"{kind} {day}",
        )
    for party, (o, d, n, first, last) in enumerate(instance.parties):
        model.add_shipment(
            places[o],
            places[d],
            pickup_tw_early=first,
            pickup_tw_late=last,
            delivery_tw_early=first,
            delivery_tw_late=last,
            amount=n,
            prize=int(2 * instance.alone(party)),
            required=False,
        )
    result = model.solve(
        stop=MaxRuntime(args.time), seed=args.seed, display=False, missing_value=FORBIDDEN_KM
    )
    routes = []
    for route in result.best.routes():
        kind, day = kinds[route.vehicle_type()]
        visits = [
            (activity.idx, activity.is_pickup())
            for activity in route
            if activity.is_pickup() or activity.is_delivery()
        ]
        routes.append((kind, day, visits))
    write(args.plan_out, instance, routes)


if __name__ == "__main__":
    main()
