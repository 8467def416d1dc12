"""Distances between many places at once. A road engine fits behind the same interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EARTH_RADIUS_KM = 6371.0088


class Distances(Protocol):
    """Anything that can tell how far places are apart."""

    def km(
        self, origin: NDArray[np.float64], destination: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Whole kilometres, shape (n, m), from n origins to m destinations.

        Both arguments hold WGS-84 degrees (latitude, longitude), shapes (n, 2) and (m, 2).
        """
        ...


@dataclass(frozen=True)
class GreatCircle:
    """Great-circle distance times `factor`, which stands for the bends of roads."""

    factor: float = 1.3

    def km(
        self, origin: NDArray[np.float64], destination: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        import numpy as np

        start = np.radians(np.asarray(origin, dtype=np.float64).reshape(-1, 2))[:, None]
        end = np.radians(np.asarray(destination, dtype=np.float64).reshape(-1, 2))[None]
        half = np.sin((end - start) / 2) ** 2
        chord = half[..., 0] + np.cos(start[..., 0]) * np.cos(end[..., 0]) * half[..., 1]
        km = 2 * EARTH_RADIUS_KM * self.factor * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))
        whole: NDArray[np.int64] = np.rint(km).astype(np.int64)
        return whole
