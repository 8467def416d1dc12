"""What drivers beside the first cost. Compiled."""

from __future__ import annotations

from zhitong.planning.compiled import inlined
from zhitong.planning.net import Net


@inlined
def crew_cost(net: Net, km):  # type: ignore
    """For a trip of ``km``; the same for every vehicle, so it may be added to the cheapest."""
    cost = 0.0
    for k in range(net.crew_above.size):
        if km > net.crew_above[k]:
            cost += net.crew_price
    return cost
