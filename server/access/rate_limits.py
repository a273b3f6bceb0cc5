"""How much one browser or address may do. Clocks come from outside; memory is bounded.

People come first: what a browser does counts against its own token, and one that brings a good token pays for nobody else.
Tokens are free to make, so new ones count against their address, and so do floods and connections that come to nothing; a
whole school may be one address, and its limits are far above it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from aiohttp import web

from server.access.client_address import address_of, is_within, plain, site_of
from server.access.refusal_log import RefusalLog
from server.access.token_buckets import Keyed, Strikes
from server.settings import Settings

ADDRESS_CODES = 300
"""Wrong room codes that browsers without a token may try in a minute from one address; so many join links, too."""
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
PRICES = {"flood": 10, "no_introduction": 10, "bad_message": 10, "bad_token": 10}
"""New browsers that an address may send fewer for such a refusal; the price of a flood doubles with each further one."""
DEBT_SECONDS = 30
"""New browsers of an address that pays wait no longer than this after its last refusal."""

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
        self._openings = Keyed(settings.openings_per_minute, clock)
        self._newcomers = Keyed(settings.players_per_minute, clock, DEBT_SECONDS)
        self._flooders = Strikes(clock)
        self._rooms = Keyed(settings.rooms_per_minute, clock)
        self._address_rooms = Keyed(settings.rooms_per_address, clock)
        self._codes = Keyed(settings.wrong_codes, clock)
        self._address_codes = Keyed(ADDRESS_CODES, clock)
        self._address_looks = Keyed(ADDRESS_CODES, clock)
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
                return self.refuse("network_full", address)
            if not self._openings.take(site):
                return self.refuse("network_busy", address)
        self._sockets[site] += 1
        return ""

    def close_socket(self, address: str) -> None:
        """Count a connection out."""
        site = site_of(address)
        self._sockets[site] -= 1
        if self._sockets[site] <= 0:
            del self._sockets[site]

    def introduce(self, browser: str | None, address: str) -> str:
        """Tell whether a browser may come in; one without a token (None) is new, and waits for what its address owes."""
        if browser is not None:
            return self.refuse("flood", address) if self._flooders.barred(browser) else ""
        if self._is_trusted(address) or self._newcomers.take(site_of(address)):
            return ""
        return self.refuse("network_busy", address)

    def flooded(self, browser: str | None, address: str) -> None:
        """Note that a connection sent far more than the page does: its browser waits, its address pays."""
        if browser is not None:
            self._flooders.add(browser)
        floods = self._flooders.add(f"at {site_of(address)}")
        self.refuse("flood", address, times=1 << min(floods - 1, 16))

    def refuse(self, code: str, address: str, times: int = 1) -> str:
        """Count, log and price (so many times) what is refused, and return its code; every refusal goes through here."""
        self.refusals.note(code, address)
        if code in PRICES:
            self._newcomers.charge(site_of(address), PRICES[code] * times)
        return code

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
        return self.refuse("network_busy", address)

    def may_prove(self, address: str) -> str:
        """Tell whether an address may present a token that nobody signed."""
        return "" if self._wrong_tokens.may(site_of(address)) else self.refuse("too_many", address)

    def wrong_proof(self, address: str) -> None:
        """Note a wrong one."""
        self._wrong_tokens.take(site_of(address))
        self.refuse("bad_code", address)

    def may_try_code(self, browser: str, address: str, known: bool) -> str:
        """Tell whether a room code may be tried; `known`: the browser came with a token."""
        if not self._codes.may(browser):
            return self.refuse("too_many", address)
        return "" if known else self._may(self._address_codes, address)

    def wrong_code(self, browser: str, address: str, known: bool) -> None:
        """Note a wrong room code."""
        self._codes.take(browser)
        if not known:
            self._address_codes.take(site_of(address))

    def may_look(self, browser: str | None, address: str) -> str:
        """Tell whether a browser may ask about a room; those without a token (None) count together."""
        if browser is None:
            return self._may(self._address_looks, address)
        return "" if self._codes.may(browser) else self.refuse("too_many", address)

    def wrong_look(self, browser: str | None, address: str) -> None:
        """Note a question about a room that is not there."""
        if browser is None:
            self._address_looks.take(site_of(address))
        else:
            self._codes.take(browser)

    # -- inside ------------------------------------------------------------------------------------------

    def _is_trusted(self, address: str) -> bool:
        return is_within(address, self._settings.trusted_networks)

    def _spend(self, own: Keyed, all_of: Keyed, browser: str | None, address: str, nameless: bool = True) -> str:
        """Spend one of a browser's and one of its address; `nameless`: an address without a token counts as one browser."""
        site = site_of(address)
        if (browser is not None or nameless) and not own.take(browser or f"at {site}"):
            return self.refuse("too_many", address)
        if not self._is_trusted(address) and not all_of.take(site):
            return self.refuse("network_busy", address)
        return ""

    def _may(self, all_of: Keyed, address: str) -> str:
        if self._is_trusted(address) or all_of.may(site_of(address)):
            return ""
        return self.refuse("network_busy", address)
