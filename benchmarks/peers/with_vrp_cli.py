"""vrp-cli, pragmatic format. No ride limit, no limit of stops: both are left out."""

from __future__ import annotations

import json

import vrp_cli
from instance import FORBIDDEN_KM, arguments, write


def moment(day: int, hour: int) -> str:
    return f"2020-03-{day + 1:02d}T{hour:02d}:00:00Z"


def main() -> None:
    instance, args = arguments()
    km = instance.with_depot(instance.arcs())
    depot = {"index": len(km) - 1}
    first_day = instance.days[0]

    def task(stop: int, n: int, first: int, last: int) -> list[dict[str, object]]:
        times = [[moment(first - first_day, 0), moment(last - first_day, 23)]]
        place = {"location": {"index": stop}, "duration": 0.0, "times": times}
        return [{"places": [place], "demand": [n]}]

    jobs = [
        {
            "id": str(party),
            "pickups": task(o, n, first, last),
            "deliveries": task(d, n, first, last),
        }
        for party, (o, d, n, first, last) in enumerate(instance.parties)
    ]
    each = max(10, len(instance.parties) // 8)
    vehicles = [
        {
            "typeId": f"{kind}-{day}",
            "vehicleIds": [f"{kind}-{day}-{number}" for number in range(each)],
            "profile": {"matrix": "car"},
            "costs": {"fixed": float(fixed), "distance": float(per_km), "time": 0.0},
            "shifts": [
                {
                    "start": {"earliest": moment(day - first_day, 12), "location": depot},
                    "end": {"latest": moment(day - first_day, 12), "location": depot},
                }
            ],
            "capacity": [cap],
        }
        for day in instance.days
        for kind, (cap, fixed, per_km) in enumerate(instance.types)
    ]
    problem = {
        "plan": {"jobs": jobs},
        "fleet": {"vehicles": vehicles, "profiles": [{"name": "car"}]},
        # by default fewer tours would come before less cost
        "objectives": [[{"type": "minimize-unassigned"}], [{"type": "minimize-cost"}]],
    }
    flat = km.ravel().tolist()
    matrix = {
        "profile": "car",
        "travelTimes": [0] * len(flat),
        "distances": flat,
        "errorCodes": [int(way == FORBIDDEN_KM) for way in flat],
    }
    config = {"termination": {"maxTime": int(args.time), "maxGenerations": 10**9}}
    found = json.loads(
        vrp_cli.solve_pragmatic(json.dumps(problem), [json.dumps(matrix)], json.dumps(config))
    )
    routes = []
    for tour in found["tours"]:
        kind, day = (int(part) for part in tour["typeId"].split("-"))
        visits = [
            (int(activity["jobId"]), activity["type"] == "pickup")
            for stop in tour["stops"]
            for activity in stop["activities"]
            if activity["type"] in ("pickup", "delivery")
        ]
        routes.append((kind, day, visits))
    write(args.plan_out, instance, routes)


if __name__ == "__main__":
    main()
