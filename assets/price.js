/* The price in the bar. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** A flash in a quiet market comes at once; in a busy one, one a second: a strobe tells nothing and costs power. */
  const FLASH = { apartMs: 400, busyMs: 1000, atOnce: 3 };
  const CLASSES = ["flash-green", "flash-red"];
  const cell = { flashed: null, latest: null, recent: [], timer: null };

  /** What the bar says of a price: {text, symbol, change, tone, flash}. */
  function view(price) {
    if (!price) return { text: scripts.format.NONE, raw: "", symbol: "", change: "", tone: 0 };
    const { change } = price;
    const arrow = change > 0 ? "▲ " : change < 0 ? "▼ " : "";
    return {
      text: scripts.format.price(price.text), raw: price.text, symbol: price.symbol,
      change: typeof change === "number" ? arrow + scripts.format.percent(Math.abs(change)) : "",
      tone: Math.sign(change || 0),
    };
  }

  /** How old it is, is for the truth line to say while nobody looks (`connection.view`): those words may be read much later. */
  function paint(price) {
    const { attribute, text, tone } = scripts.dom;
    const seen = view(price);
    text("price", seen.text);
    text("symbol", seen.symbol);
    attribute("symbol", "title", seen.symbol || null);
    text("change", seen.change);
    tone("change", seen.tone);
    attribute("price-flash", "data-alone", seen.change ? null : "true");
    attribute("deck", "data-price", seen.raw);
    if (price && !document.hidden) text("last-update", scripts.connection.updated(price, Date.now()));
    cell.latest = seen.raw;
    if (cell.timer === null) flash();
  }

  /** Green or red by where the price went since the last flash; what comes too soon waits its turn. */
  function flash() {
    cell.timer = null;
    const direction = turnOf(cell.flashed, cell.latest);
    if (direction === 0) return void (cell.flashed = cell.latest);
    const now = performance.now();
    const wait = nextFlash(cell.recent) - now;
    if (wait > 0) return void (cell.timer = setTimeout(flash, wait));
    Object.assign(cell, { recent: [...cell.recent, now].slice(-FLASH.atOnce), flashed: cell.latest });
    scripts.dom.animate("price-flash", direction > 0 ? "flash-green" : "flash-red", CLASSES);
  }

  /** When the next flash may come, after those at `recent`. */
  function nextFlash(recent) {
    if (!recent.length) return 0;
    const isBusy = recent.length === FLASH.atOnce;
    return Math.max(recent[recent.length - 1] + FLASH.apartMs, isBusy ? recent[0] + FLASH.atOnce * FLASH.busyMs : 0);
  }

  const turnOf = (before, after) => (before && after ? scripts.format.compare(after, before) : 0);

  scripts.price = { nextFlash, paint, view };
})();
