"""Places: divisions of China by code and by what people call them, categories, distances.

Pure: no Django, no network. Codes are canonical everywhere: '13' province, '1311' city, '131121'
county, '131121101' township, 12 digits village; what lies in a place starts with its code.
"""

from zhitong.places.category import (
    Category,
    categories,
    category,
    counterpart,
    standing,
    standing_of,
)
from zhitong.places.distances import Distances, GreatCircle
from zhitong.places.division import (
    BadCode,
    Division,
    Level,
    PlaceError,
    Trait,
    UnknownDivision,
)
from zhitong.places.resolution import Resolution, resolve, resolve_many
from zhitong.places.suggestion import suggest
from zhitong.places.table import (
    ancestors,
    canonical,
    children,
    coordinates,
    descendants,
    exists,
    expected_townships,
    find,
    full_name,
    get,
    provinces,
)
from zhitong.places.villages import UnreadableVillages, load_villages

__all__ = [
    "BadCode",
    "Category",
    "Distances",
    "Division",
    "GreatCircle",
    "Level",
    "PlaceError",
    "Resolution",
    "Trait",
    "UnknownDivision",
    "UnreadableVillages",
    "ancestors",
    "canonical",
    "categories",
    "category",
    "children",
    "coordinates",
    "counterpart",
    "descendants",
    "exists",
    "expected_townships",
    "find",
    "full_name",
    "get",
    "load_villages",
    "provinces",
    "resolve",
    "resolve_many",
    "standing",
    "standing_of",
    "suggest",
]
