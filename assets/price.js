/* The price in the bar. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const FLASH_MS = 400;
  const CLASSES = ["flash-green", "flash-red"];
  const drawn = { at: null, flashedAt: 0, name: "" };

  /** What the bar says of a price: {text, symbol, change, tone, flash}. */
  function view(price) {
    if (!price) return { text: scripts.format.NONE, raw: "", symbol: "", change: "", tone: 0, flash: "" };
    const { change } = price;
    const arrow = change > 0 ? "▲ " : change < 0 ? "▼ " : "";
    return {
      text: scripts.format.price(price.text), raw: price.text, symbol: price.symbol,
      change: typeof change === "number" ? arrow + scripts.format.percent(Math.abs(change)) : "",
      tone: Math.sign(change || 0),
      flash: price.direction > 0 ? "flash-green" : price.direction < 0 ? "flash-red" : "",
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
    flash(seen, price);
  }

  /** Flash when the direction turns, else again once the last flash has faded; a busy market must not strobe. */
  function flash(seen, price) {
    const isFirst = drawn.at === null;
    drawn.at = price ? price.at : null;
    if (isFirst || !seen.flash) return;
    const now = performance.now();
    if (seen.flash === drawn.name && now - drawn.flashedAt < FLASH_MS) return;
    Object.assign(drawn, { name: seen.flash, flashedAt: now });
    scripts.dom.animate("price-flash", seen.flash, CLASSES);
  }

  scripts.price = { paint, view };
})();
