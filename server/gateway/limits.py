"""How much one browser or address may do. Clocks come from outside; memory is bounded.

People come first: what a browser does counts against its own token. Tokens are free to make, so new ones count against
their address, and so does everything together; a whole school may be one address, and those limits are far above it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from aiohttp import web

from server.gateway.addresses import address_of, is_within, plain, site_of
from server.gateway.buckets import Keyed, Strikes
from server.gateway.refusals import RefusalLog
from server.settings import Settings

ADDRESS_CODES = 300
"""Wrong room codes one address may try in a minute."""
ADDRESS_TRIES = 1200
"""Questions of all browsers of one address on the page /try in a minute."""
REPORTS = 10
"""Drawings one browser may report in a minute, or an address without a token."""
ADDRESS_REPORTS = 100
"""Drawings all browsers of one address may report in a minute."""
PICTURES = 120
"""PNGs, SVGs, GIFs and zips one address may have drawn in a minute."""
WRONG_TOKENS = 10
"""Wrong bearer tokens one address may try in a minute, whatever they should have opened."""
REFUSED_PRICE = 10
"""What a connection costs its address that was turned away or never said who it is; any other costs one."""
FLOOD_PRICE = 10
"""What the first flood of an address costs it; each further one costs twice as much as the last."""
EXPLANATIONS = 300
"""Connections in a minute that an address may still open while it owes, to be told so."""
DEBT_SECONDS = 30
"""An address that owes more has to wait no longer."""

REFUSED = "refused %d times with %s, from %s"
UNTRUSTED = (
    "X-Forwarded-For came %d times (%s) from %s: if that is your proxy, name it in INKLING_TRUSTED_PROXIES, or everybody behind "
    "it counts as one address"
)

Clock = Callable[[], float]


class Limits:
    """The limits of this process that outlive a connection. Whoever asks is given a refusal's code, or nothing."""

    def __init__(self, settings: Settings, clock: Clock = time.monotonic) -> None:
        self._settings = settings
        self.refusals = RefusalLog(REFUSED, clock)
        self.proxies = RefusalLog(UNTRUSTED, clock)
        self._sockets: Counter[str] = Counter()
        self._openings = Keyed(settings.openings_per_minute, clock, DEBT_SECONDS)
        self._explanations = Keyed(EXPLANATIONS, clock)
        self._newcomers = Keyed(settings.players_per_minute, clock)
        self._flooders = Strikes(clock)
        self._rooms = Keyed(settings.rooms_per_minute, clock)
        self._address_rooms = Keyed(settings.rooms_per_address, clock)
        self._codes = Keyed(settings.wrong_codes, clock)
        self._address_codes = Keyed(ADDRESS_CODES, clock)
        self._tries = Keyed(settings.tries_per_minute, clock)
        self._address_tries = Keyed(ADDRESS_TRIES, clock)
        self._reports = Keyed(REPORTS, clock)
        self._address_reports = Keyed(ADDRESS_REPORTS, clock)
        self._pictures = Keyed(PICTURES, clock)
        self._wrong_tokens = Keyed(WRONG_TOKENS, clock)

    def address_of(self, request: web.BaseRequest) -> str:
        """Return the client's address, and warn of a proxy that is not trusted."""
        trusted = self._settings.trusted_proxies
        if "X-Forwarded-For" in request.headers:
            peer = plain(request.remote or "")
            if not is_within(peer, trusted):
                self.proxies.note("untrusted_proxy", peer)
        return address_of(request, trusted)

    def flush(self) -> None:
        """Log what is due of refusals and of proxies that are not trusted; called every now and then."""
        self.refusals.flush()
        self.proxies.flush()

    # -- connections -------------------------------------------------------------------------------------

    def open_socket(self, address: str) -> str:
        """Count a connection in."""
        site = site_of(address)
        if not self._is_trusted(address):
            if self._sockets[site] >= self._settings.sockets_per_address:
                return self._refuse("network_full", address)
            if not self._openings.take(site):
                return self._refuse("network_busy", address)
        self._sockets[site] += 1
        return ""

    def is_shut(self, address: str) -> bool:
        """Tell whether not even a refusal is worth it: an address that owes is told why a few times a second only."""
        site = site_of(address)
        return self._openings.owes(site) and not self._is_trusted(address) and not self._explanations.take(site)

    def close_socket(self, address: str) -> None:
        """Count a connection out."""
        site = site_of(address)
        self._sockets[site] -= 1
        if self._sockets[site] <= 0:
            del self._sockets[site]

    def introduce(self, browser: str | None, address: str) -> str:
        """Tell whether a browser may come in; one without a token (None) is new."""
        if browser is not None:
            code = "flood" if self._flooders.barred(browser) else ""
        else:
            fits = self._is_trusted(address) or self._newcomers.take(site_of(address))
            code = "" if fits else "network_busy"
        if code:
            self.turned_away(address)
            self._refuse(code, address)
        return code

    def turned_away(self, address: str) -> None:
        """Let an address pay for a connection that came to nothing."""
        self._openings.charge(site_of(address), REFUSED_PRICE)

    def flooded(self, browser: str | None, address: str) -> None:
        """Note that a connection sent far more than the page does: its browser waits, its address pays."""
        self._refuse("flood", address)
        if browser is not None:
            self._flooders.add(browser)
        floods = self._flooders.add(f"at {site_of(address)}")
        self._openings.charge(site_of(address), FLOOD_PRICE << min(floods - 1, 16))

    # -- so much a minute --------------------------------------------------------------------------------

    def make_room(self, browser: str | None, address: str) -> str:
        """Spend one room."""
        return self._spend(self._rooms, self._address_rooms, browser, address, nameless=False)

    def try_recipe(self, browser: str | None, address: str) -> str:
        """Spend one question of the page /try."""
        return self._spend(self._tries, self._address_tries, browser, address)

    def report(self, browser: str | None, address: str) -> str:
        """Spend one report of a drawing."""
        return self._spend(self._reports, self._address_reports, browser, address)

    def draw(self, address: str) -> str:
        """Spend one picture."""
        if self._is_trusted(address) or self._pictures.take(site_of(address)):
            return ""
        return self._refuse("network_busy", address)

    def may_prove(self, address: str) -> str:
        """Tell whether an address may present a token that nobody signed."""
        return "" if self._wrong_tokens.may(site_of(address)) else self._refuse("too_many", address)

    def wrong_proof(self, address: str) -> None:
        """Note a wrong one."""
        self._wrong_tokens.take(site_of(address))

    def may_try_code(self, browser: str, address: str) -> str:
        """Tell whether a room code may be tried."""
        return self.may_look(address) if self._codes.may(browser) else self._refuse("too_many", address)

    def wrong_code(self, browser: str, address: str) -> None:
        """Note a wrong room code."""
        self._codes.take(browser)
        self._address_codes.take(site_of(address))

    def may_look(self, address: str) -> str:
        """Tell whether an address may ask about a room: join links are only limited by address."""
        if self._is_trusted(address) or self._address_codes.may(site_of(address)):
            return ""
        return self._refuse("network_busy", address)

    def wrong_look(self, address: str) -> None:
        """Note a question about a room that is not there."""
        self._address_codes.take(site_of(address))

    # -- inside ------------------------------------------------------------------------------------------

    def _is_trusted(self, address: str) -> bool:
        return is_within(address, self._settings.trusted_networks)

    def _spend(self, own: Keyed, all_of: Keyed, browser: str | None, address: str, nameless: bool = True) -> str:
        """Spend one of a browser's and one of its address; `nameless`: an address without a token counts as one browser."""
        site = site_of(address)
        if (browser is not None or nameless) and not own.take(browser or f"at {site}"):
            return self._refuse("too_many", address)
        if not self._is_trusted(address) and not all_of.take(site):
            return self._refuse("network_busy", address)
        return ""

    def _refuse(self, code: str, address: str) -> str:
        self.refusals.note(code, address)
        return code
