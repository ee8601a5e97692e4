"""`make bench`: builds a small and a large city and prints what screens cost in each, beside a bare Flask view.

`python -m tests.bench 5000 100000` names the sizes; the last one also shows the plans of every statement that ran.
"""

import sys
from dataclasses import dataclass, field

from portal.kernel.base import session
from tests.bench import bare, city, measure, plans, roster, screens, served, walk
from tests.bench.city import City
from tests.bench.measure import Measured
from tests.bench.screens import SCREENS

SIZES = (5_000, 100_000)
ROWS = 25
LIST = "daftar keluarga (kota)"
WALKERS = ("sari", "budi", "wati", "kepala", "admin")


@dataclass
class Found:
    """What one city showed."""

    families: int
    screens: dict[str, Measured] = field(default_factory=dict)
    bare: float = 0.0


def main(sizes: tuple[int, ...]) -> None:
    results = []
    for families in sizes:
        with city.built(families) as one:
            rate = families / one.seconds
            print(f"\n{families} keluarga: dibuat dalam {one.seconds:.0f} dtk ({rate:.0f}/dtk), {one.megabytes:.0f} MB")
            results.append(timed(one))
            if families == sizes[-1]:
                tell_plans(one)
            tell_memory(one)
            tell_roster(one)
    tell_screens(results)


def timed(one: City) -> Found:
    found = Found(one.families)
    clients = measure.clients(one.app, {screen.who for screen in SCREENS})
    for screen in SCREENS:
        url = screens.address(screen, one.app)
        if url is None:
            print(f"  {screen.name}: dilewati, tidak ada yang ditampilkan")
            continue
        found.screens[screen.name] = measure.screen(clients[screen.who], url)
    view = bare.view(one.directory / "portal.db", ROWS).test_client()
    found.bare = measure.timed(lambda: view.get("/"))
    return found


def tell_screens(results: list[Found]) -> None:
    small, large = results[0], results[-1]
    print(
        f"\n{'layar':32} {'SQL':>4} {'bait':>6} "
        + " ".join(f"{f'ms @{one.families}':>11}" for one in results)
        + f" {'rasio':>6}"
    )
    for screen in SCREENS:
        one, other = small.screens.get(screen.name), large.screens.get(screen.name)
        if one and other:
            times = " ".join(f"{found.screens[screen.name].milliseconds:11.1f}" for found in results)
            ratio = other.milliseconds / one.milliseconds
            print(f"{screen.name:32} {other.statements:>4} {other.bytes:>6} {times} {ratio:6.2f}{' ' if ratio <= 1.3 else '!'}")
    print(f"\nrasio: besar dibanding kecil, sasaran paling banyak 1,3. Flask polos, {ROWS} baris: {large.bare:.1f} ms;")
    share = large.bare / large.screens[LIST].milliseconds
    print(f"permintaan per detik daftar keluarga dibanding itu: {share:.2f} (sasaran paling sedikit 0,4)")


def tell_plans(one: City) -> None:
    with plans.listening() as asked:
        opened = sum(1 for username in WALKERS for _ in walk.walk(one.app, username))
    with one.app.app_context():
        connection = session.connection()
        bad = {text: scans for text, values in asked.items() if (scans := plans.full_scans(connection, text, values))}
        session.remove()
    print(f"  {opened} layar, {len(asked)} pernyataan SQL, {len(bad)} menelusuri tabel besar seluruhnya")
    for text, scans in bad.items():
        print(f"    {scans}: {' '.join(text.split())[:300]}")


def tell_memory(one: City) -> None:
    urls = [url for screen in SCREENS if screen.who == "budi" and (url := screens.address(screen, one.app))]
    print(f"  memori server setelah dipakai: {served.resident_megabytes(one, urls):.0f} MB (sasaran di bawah 150)")


def tell_roster(one: City) -> None:
    speed = roster.measured(one)
    share = speed.ours / speed.raw
    print(
        f"  impor: {speed.ours:.0f} baris/dtk; baca dan sisip mentah {speed.raw:.0f}: {share:.2f} (sasaran paling sedikit 0,4)"
    )


if __name__ == "__main__":
    main(tuple(int(size) for size in sys.argv[1:]) or SIZES)
