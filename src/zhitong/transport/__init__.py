"""From wishes to travel to trips with seats, manifests and placards; and trips that already ran."""
