"""Distances between many places."""

import numpy as np

from zhitong import places
from zhitong.places import GreatCircle

BEIJING, SHANGHAI = (39.9042, 116.4074), (31.2304, 121.4737)


def test_the_great_circle_is_stretched_by_a_factor():
    straight = GreatCircle(factor=1.0).km(np.array([BEIJING]), np.array([SHANGHAI]))
    assert straight.shape == (1, 1) and straight.dtype == np.int64
    assert abs(straight[0, 0] - 1067) <= 1
    assert GreatCircle().km(np.array([BEIJING]), np.array([SHANGHAI]))[0, 0] == 1388


def test_a_matrix_has_a_row_an_origin_and_a_column_a_destination():
    origins = np.array([places.coordinates(code)[:2] for code in ("131121", "130730")])
    ends = np.array([places.coordinates(code)[:2] for code in ("131121", "11", "2102")])
    km = GreatCircle().km(origins, ends)
    assert km.shape == (2, 3) and km[0, 0] == 0
    assert km[1, 1] < km[0, 1] < km[0, 2]


def test_no_place_is_no_row():
    assert GreatCircle().km(np.empty((0, 2)), np.array([BEIJING])).shape == (0, 1)
