"""Side tables keep rows by kind and key, in order."""

from bcsync.clients.business_central_side_tables import KEYS_PER_LOOKUP, SideTables


def test_rows_come_back_by_kind_and_key() -> None:
    tables = SideTables()
    tables.put("card", [("C1", ("C1", "Zoë\x1f'\"")), ("", ("lost",)), ("C2", ("C2", ""))])
    tables.put("ship_to", [("C1", ("B",)), ("C1", ("A",))])
    assert tables.first("card", ["C1", "C2", "C3", ""]) == {"C1": ("C1", "Zoë '\""), "C2": ("C2", "")}
    assert tables.find("ship_to", ["C1"]) == {"C1": [("B",), ("A",)]}
    many = [str(number) for number in range(KEYS_PER_LOOKUP + 5)]
    tables.put("names", ((key, (key,)) for key in many))
    assert tables.first("names", many) == {key: (key,) for key in many}
    tables.clear()
    assert tables.find("card", ["C1"]) == {}
    tables.close()
