"""The page as a person sees it, read through the contract's hooks alone (contract, section 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from selenium.webdriver import Chrome

from tests.support import chromium
from tests.support.waiting import eventually

LOOK_EVERY_S = 0.05
"""Each look is work for the page and for the driver."""
OUTAGE = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "WebSocket connection to")
"""What Chromium writes to its console when the relay is away; expected in outage tests and nowhere else."""

RECORD_TRADES = """
const table = document.getElementById('trades-table'), seen = window.tradesSeen = [];
const take = node => {
  if (node.nodeType !== 1) return;
  if (node.dataset.tradeId) seen.push(node.dataset.tradeId);
  node.querySelectorAll('[data-trade-id]').forEach(row => seen.push(row.dataset.tradeId));
};
new MutationObserver(records => records.forEach(record => record.addedNodes.forEach(take)))
  .observe(table, {childList: true, subtree: true});
"""

RECORD_TOASTS = """
const seen = window.toastsSeen = [];
const take = node => {
  if (node.nodeType !== 1) return;
  const toasts = node.dataset.toastKind ? [node] : [...node.querySelectorAll('[data-toast-kind]')];
  toasts.forEach(toast => seen.push({kind: toast.dataset.toastKind, trade: toast.dataset.tradeId || null,
                                     text: toast.textContent}));
};
const box = document.getElementById('toast-container');
take(box);
new MutationObserver(records => records.forEach(record => record.addedNodes.forEach(take)))
  .observe(box, {childList: true, subtree: true});
"""

BLOCK_EACH_FRAME = """
const block = ms => { const end = performance.now() + ms; while (performance.now() < end); };
const Native = window.WebSocket;
window.WebSocket = class extends Native {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', event => {
      if (typeof event.data === 'string' && event.data.startsWith('42/page,')) block(%d);
    });
  }
};
"""


WITHOUT_CHART = """
window.Plotly = new Promise(() => {});
delete Navigator.prototype.serviceWorker;
const late = () => document.querySelectorAll('script[data-later]').forEach(script => script.remove());
new MutationObserver(late).observe(document, {childList: true, subtree: true});
"""
"""The chart's library never comes, nor what comes after it, the service worker; all else is as it is for a reader."""


class DeckPage:
    """One open page. Reads what the page says of itself; does what a person can do."""

    def __init__(self, driver: Chrome, url: str) -> None:
        self.driver = driver
        self.url = url
        self._expected_noise: list[str] = []

    def open(self, path: str = "/", *, live: bool = True) -> DeckPage:
        self.driver.get(self.url + path)
        eventually(lambda: self.js("return !!document.getElementById('deck')"), 30, what="the page's #deck")
        if live:
            self.wait_live()
        return self

    def js(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def before_load(self, script: str) -> None:
        """Run a script in the page before any of the page's own."""
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})

    def block_each_frame(self, milliseconds: int) -> None:
        """The main thread stands still for so long on every frame that comes in; call before `open`."""
        self.before_load(BLOCK_EACH_FRAME % milliseconds)

    def data(self, name: str, element_id: str = "deck") -> str | None:
        """A `data-` attribute, None where it is not there."""
        value = self.js("return document.getElementById(arguments[0])?.dataset[arguments[1]]", element_id, name)
        return None if value is None else str(value)

    def text(self, element_id: str) -> str:
        return str(self.js("return document.getElementById(arguments[0]).innerText", element_id))

    def is_disabled(self, element_id: str) -> bool:
        return bool(self.js(IS_DISABLED, element_id))

    def click(self, element_id: str) -> None:
        self.driver.find_element("id", element_id).click()

    @property
    def connection(self) -> str | None:
        return self.data("connection")

    @property
    def bot_status(self) -> str | None:
        return self.data("botStatus")

    @property
    def price(self) -> str | None:
        return self.data("price")

    @property
    def seq(self) -> int:
        return int(self.data("seq") or 0)

    @property
    def trade_count(self) -> int:
        return int(self.data("tradeCount", "trades-table") or 0)

    @property
    def trade_ids(self) -> list[str]:
        """The rows shown, newest first."""
        found = self.js(
            "return [...document.querySelectorAll('#trades-table [data-trade-id]')].map(r => r.dataset.tradeId)"
        )
        return [str(trade_id) for trade_id in found]

    @property
    def toasts(self) -> list[dict[str, Any]]:
        """Every toast shown since `watch_toasts`, gone ones too: kind, trade, text."""
        return list(self.js("return window.toastsSeen"))

    def watch_trades(self) -> None:
        """Keep the ids of all rows that are added from now on, in `trades_seen`."""
        self.js(RECORD_TRADES)

    @property
    def trades_seen(self) -> list[str]:
        return list(self.js("return window.tradesSeen"))

    def watch_toasts(self) -> None:
        self.js(RECORD_TOASTS)

    def wait_live(self, timeout: float = 20) -> None:
        self.wait_for(lambda: self.connection == "connected", timeout, "data-connection=connected")

    def wait_for(self, condition: Callable[[], object], timeout: float = 15, what: str = "") -> None:
        eventually(condition, timeout, what=lambda: f"{what}; the page says {self.report()}", interval=LOOK_EVERY_S)

    def wait_drawn(self, timeout: float = 40) -> None:
        """The chart's library has arrived and has drawn: the page has done all of its loading."""
        self.wait_for(lambda: self.js(HAS_CHART), timeout, "the chart")

    def wait_trades(self, at_least: int, timeout: float = 15) -> None:
        self.wait_for(lambda: self.trade_count >= at_least, timeout, f"{at_least} trades")

    def wait_status(self, state: str, timeout: float = 15) -> None:
        self.wait_for(lambda: self.bot_status == state, timeout, f"the bot {state}")

    def wait_pressable(self, element_id: str, timeout: float = 15) -> None:
        self.wait_for(lambda: not self.is_disabled(element_id), timeout, f"#{element_id} can be pressed")

    def report(self) -> Any:
        """What the page says of itself, for a failing test."""
        return self.js(
            "return {deck: {...document.getElementById('deck')?.dataset},"
            " trades: {...document.getElementById('trades-table')?.dataset},"
            " status: document.getElementById('connection-status')?.innerText}"
        )

    def expect_outage(self) -> None:
        """This test takes the relay away: what the browser says about that is no fault of the page."""
        self._expected_noise.extend(OUTAGE)

    def expect_refusal(self, code: int) -> None:
        """This test is refused something with that status, which the browser's console tells."""
        self._expected_noise += [f"the server responded with a status of {code}", f"bad HTTP response code ({code})"]

    def console_errors(self) -> list[str]:
        """Errors since the last call that no test announced."""
        entries = [entry for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
        texts = [str(entry["message"]) for entry in entries]
        return [text for text in texts if not any(noise in text for noise in self._expected_noise)]

    def heap_bytes(self) -> int:
        return chromium.heap_bytes(self.driver)


HAS_CHART = "return !!document.querySelector('#price-chart .main-svg')"
IS_DISABLED = """
const element = document.getElementById(arguments[0]);
return element.disabled === true || element.getAttribute('aria-disabled') === 'true';
"""
