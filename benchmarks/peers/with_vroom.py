"""VROOM. No ride limit, no limit of stops: both are left out; leaving nobody comes before cost."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import vroom
from instance import FORBIDDEN_KM, arguments, write


def main() -> None:
    instance, args = arguments()
    km = instance.with_depot(instance.arcs())
    depot = len(km) - 1
    problem = vroom.Input()
    # days are all the time there is; distances are in metres, half a yuan is the unit of cost
    problem.set_durations_matrix("car", np.zeros(km.shape, dtype=np.uint32))
    problem.set_distances_matrix("car", (km * 1000).astype(np.uint32))
    fleet = instance.fleet(each=max(4, len(instance.parties) // 25))
    for vehicle, (kind, day) in enumerate(fleet):
        cap, fixed, per_km = instance.types[kind]
        problem.add_vehicle(
            vroom.Vehicle(
                vehicle,
                start=depot,
                capacity=[cap],
                max_distance=1000 * (FORBIDDEN_KM - 1),
                time_window=vroom.TimeWindow(day, day),
                costs=vroom.VehicleCosts(fixed=int(2 * fixed), per_hour=0, per_km=int(2 * per_km)),
            )
        )
    for party, (o, d, n, first, last) in enumerate(instance.parties):
        days = [vroom.TimeWindow(first, last)]
        problem.add_job(
            vroom.Shipment(
                vroom.ShipmentStep(party, o, time_windows=days),
                vroom.ShipmentStep(party, d, time_windows=days),
                amount=[n],
            )
        )
    found = problem.solve(exploration_level=1, nb_threads=2, timeout=timedelta(seconds=args.time))
    steps = found.routes[found.routes["type"].isin(["pickup", "delivery"])]
    routes = []
    for vehicle, rows in steps.groupby("vehicle_id", sort=True):
        kind, day = fleet[int(vehicle)]
        visits = [
            (int(party), what == "pickup")
            for party, what in zip(rows["id"], rows["type"], strict=True)
        ]
        routes.append((kind, day, visits))
    write(args.plan_out, instance, routes)


if __name__ == "__main__":
    main()
