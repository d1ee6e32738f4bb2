/* The price in the bar. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** Apart from each other, so that a busy market does not strobe: under three flashes a second. */
  const FLASH_EVERY_MS = 400;
  const CLASSES = ["flash-green", "flash-red"];
  const cell = { flashed: null, latest: null, at: -FLASH_EVERY_MS, timer: null };

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

  function paint(price) {
    const { attribute, text, tone } = scripts.dom;
    const seen = view(price);
    text("price", seen.text);
    text("symbol", seen.symbol);
    text("change", seen.change);
    tone("change", seen.tone);
    attribute("deck", "data-price", seen.raw);
    cell.latest = seen.raw;
    if (cell.timer === null) flash();
  }

  /** Green or red by where the price went since the last flash; what comes too soon waits its turn. */
  function flash() {
    cell.timer = null;
    const direction = turnOf(cell.flashed, cell.latest);
    const wait = cell.at + FLASH_EVERY_MS - performance.now();
    if (direction === 0) return void (cell.flashed = cell.latest);
    if (wait > 0) return void (cell.timer = setTimeout(flash, wait));
    Object.assign(cell, { at: performance.now(), flashed: cell.latest });
    scripts.dom.animate("price-flash", direction > 0 ? "flash-green" : "flash-red", CLASSES);
  }

  const turnOf = (before, after) => (before && after ? scripts.format.compare(after, before) : 0);

  scripts.price = { paint, view };
})();
