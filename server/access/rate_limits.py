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

from server.access.client_address import address_network, client_address_of, is_in_networks, normalize_address
from server.access.refusal_log import RefusalLog
from server.access.token_buckets import KeyedTokenBuckets, StrikeCounter
from server.settings import ServerSettings

WRONG_CODES_PER_ADDRESS_PER_MINUTE = 300
"""Wrong room codes that browsers without a token may try in a minute from one address; so many join links, too."""
TRIES_PER_ADDRESS_PER_MINUTE = 1200
"""Questions of all browsers of one address on the page /try in a minute."""
REPORTS_PER_BROWSER_PER_MINUTE = 10
"""Drawings one browser may report in a minute, or an address without a token."""
REPORTS_PER_ADDRESS_PER_MINUTE = 100
"""Drawings all browsers of one address may report in a minute."""
PICTURES_PER_ADDRESS_PER_MINUTE = 120
"""PNGs, SVGs, GIFs and zips one address may have drawn in a minute."""
WRONG_TOKENS_PER_ADDRESS_PER_MINUTE = 10
"""Wrong bearer tokens one address may try in a minute, whatever they should have opened."""
REFUSAL_COSTS = {"flood": 10, "no_introduction": 10, "bad_message": 10, "bad_token": 10}
"""New browsers that an address may send fewer for such a refusal; the price of a flood doubles with each further one."""
MAX_DEBT_SECONDS = 30
"""New browsers of an address that pays wait no longer than this after its last refusal."""

REFUSAL_LOG_LINE = "refused %d times with %s, from %s"
UNTRUSTED_PROXY_LOG_LINE = (
    "X-Forwarded-For came %d times (%s) from %s: if that is your proxy, name it in INKLING_TRUSTED_PROXIES, or everybody behind "
    "it counts as one address"
)

SecondsClock = Callable[[], float]


class RateLimits:
    """The limits of this process that outlive a connection. Every question is answered with a refusal's code, or nothing."""

    def __init__(self, settings: ServerSettings, clock: SecondsClock = time.monotonic) -> None:
        self._settings = settings
        self.refusals = RefusalLog(REFUSAL_LOG_LINE, clock)
        self.proxies = RefusalLog(UNTRUSTED_PROXY_LOG_LINE, clock)
        self._sockets: Counter[str] = Counter()
        self._openings = KeyedTokenBuckets(settings.openings_per_minute, clock)
        self._newcomers = KeyedTokenBuckets(settings.players_per_minute, clock, MAX_DEBT_SECONDS)
        self._flooders = StrikeCounter(clock)
        self._rooms = KeyedTokenBuckets(settings.rooms_per_minute, clock)
        self._address_rooms = KeyedTokenBuckets(settings.rooms_per_address, clock)
        self._codes = KeyedTokenBuckets(settings.wrong_codes, clock)
        self._address_codes = KeyedTokenBuckets(WRONG_CODES_PER_ADDRESS_PER_MINUTE, clock)
        self._address_looks = KeyedTokenBuckets(WRONG_CODES_PER_ADDRESS_PER_MINUTE, clock)
        self._tries = KeyedTokenBuckets(settings.tries_per_minute, clock)
        self._address_tries = KeyedTokenBuckets(TRIES_PER_ADDRESS_PER_MINUTE, clock)
        self._reports = KeyedTokenBuckets(REPORTS_PER_BROWSER_PER_MINUTE, clock)
        self._address_reports = KeyedTokenBuckets(REPORTS_PER_ADDRESS_PER_MINUTE, clock)
        self._pictures = KeyedTokenBuckets(PICTURES_PER_ADDRESS_PER_MINUTE, clock)
        self._wrong_tokens = KeyedTokenBuckets(WRONG_TOKENS_PER_ADDRESS_PER_MINUTE, clock)

    def address_of(self, request: web.BaseRequest) -> str:
        """Return the client's address, and warn of a proxy that is not trusted."""
        trusted = self._settings.trusted_proxies
        if "X-Forwarded-For" in request.headers:
            peer = normalize_address(request.remote or "")
            if not is_in_networks(peer, trusted):
                self.proxies.note("untrusted_proxy", peer)
        return client_address_of(request, trusted)

    def flush(self) -> None:
        """Log what is due of refusals and of proxies that are not trusted; called every now and then."""
        self.refusals.flush()
        self.proxies.flush()

    # -- connections -------------------------------------------------------------------------------------

    def open_socket(self, address: str) -> str:
        """Count a connection in."""
        network = address_network(address)
        if not self._is_trusted(address):
            if self._sockets[network] >= self._settings.sockets_per_address:
                return self.refuse("network_full", address)
            if not self._openings.take(network):
                return self.refuse("network_busy", address)
        self._sockets[network] += 1
        return ""

    def close_socket(self, address: str) -> None:
        """Count a connection out."""
        network = address_network(address)
        self._sockets[network] -= 1
        if self._sockets[network] <= 0:
            del self._sockets[network]

    def admit_browser(self, browser: str | None, address: str) -> str:
        """Tell whether a browser may come in; one without a token (None) is new, and waits for what its address owes."""
        if browser is not None:
            return self.refuse("flood", address) if self._flooders.barred(browser) else ""
        if self._is_trusted(address) or self._newcomers.take(address_network(address)):
            return ""
        return self.refuse("network_busy", address)

    def note_flood(self, browser: str | None, address: str) -> None:
        """Note that a connection sent far more than the page does: its browser waits, its address pays."""
        if browser is not None:
            self._flooders.add(browser)
        floods = self._flooders.add(f"at {address_network(address)}")
        self.refuse("flood", address, times=1 << min(floods - 1, 16))

    def refuse(self, code: str, address: str, times: int = 1) -> str:
        """Count, log and price (so many times) what is refused, and return its code; every refusal goes through here."""
        self.refusals.note(code, address)
        if code in REFUSAL_COSTS:
            self._newcomers.charge(address_network(address), REFUSAL_COSTS[code] * times)
        return code

    # -- so much a minute --------------------------------------------------------------------------------

    def make_room(self, browser: str | None, address: str) -> str:
        """Spend one room."""
        return self._spend(self._rooms, self._address_rooms, browser, address, count_address_as_browser=False)

    def try_recipe(self, browser: str | None, address: str) -> str:
        """Spend one question of the page /try."""
        return self._spend(self._tries, self._address_tries, browser, address)

    def report(self, browser: str | None, address: str) -> str:
        """Spend one report of a drawing."""
        return self._spend(self._reports, self._address_reports, browser, address)

    def draw(self, address: str) -> str:
        """Spend one picture."""
        if self._is_trusted(address) or self._pictures.take(address_network(address)):
            return ""
        return self.refuse("network_busy", address)

    def may_present_token(self, address: str) -> str:
        """Tell whether an address may present a token that nobody signed."""
        return "" if self._wrong_tokens.may(address_network(address)) else self.refuse("too_many", address)

    def note_wrong_token(self, address: str) -> None:
        """Note a wrong one."""
        self._wrong_tokens.take(address_network(address))
        self.refuse("bad_code", address)

    def may_try_code(self, browser: str, address: str, known: bool) -> str:
        """Tell whether a room code may be tried; `known`: the browser came with a token."""
        if not self._codes.may(browser):
            return self.refuse("too_many", address)
        return "" if known else self._may(self._address_codes, address)

    def note_wrong_code(self, browser: str, address: str, known: bool) -> None:
        """Note a wrong room code."""
        self._codes.take(browser)
        if not known:
            self._address_codes.take(address_network(address))

    def may_ask_about_room(self, browser: str | None, address: str) -> str:
        """Tell whether a browser may ask about a room; those without a token (None) count together."""
        if browser is None:
            return self._may(self._address_looks, address)
        return "" if self._codes.may(browser) else self.refuse("too_many", address)

    def note_unknown_room(self, browser: str | None, address: str) -> None:
        """Note a question about a room that is not there."""
        if browser is None:
            self._address_looks.take(address_network(address))
        else:
            self._codes.take(browser)

    # -- inside ------------------------------------------------------------------------------------------

    def _is_trusted(self, address: str) -> bool:
        return is_in_networks(address, self._settings.trusted_networks)

    def _spend(
        self,
        browser_buckets: KeyedTokenBuckets,
        address_buckets: KeyedTokenBuckets,
        browser: str | None,
        address: str,
        count_address_as_browser: bool = True,
    ) -> str:
        """Spend one of a browser's and one of its address. Requests without a token may count as one browser of their address."""
        network = address_network(address)
        if (browser is not None or count_address_as_browser) and not browser_buckets.take(browser or f"at {network}"):
            return self.refuse("too_many", address)
        if not self._is_trusted(address) and not address_buckets.take(network):
            return self.refuse("network_busy", address)
        return ""

    def _may(self, address_buckets: KeyedTokenBuckets, address: str) -> str:
        if self._is_trusted(address) or address_buckets.may(address_network(address)):
            return ""
        return self.refuse("network_busy", address)
