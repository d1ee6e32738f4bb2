/* The position: P&L, the rail from stop over entry to target, amount, age. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const FLAT = {
    running: "No position: waiting for a signal.",
    starting: "No position: the bot is starting.",
    stopping: "No position: the bot is stopping.",
    stopped: "No position: the bot is stopped.",
    halted: "No position: the bot is halted.",
    error: "No position: the bot reports an error.",
    offline: "The bot is offline.",
  };

  /** What the panel says: {amount: "flat" or text, ...} with every figure as text. */
  function view(slice, price, now) {
    const status = slice && slice.status;
    if (!status) return { amount: "flat", side: "", sentence: "Waiting for the bot's first word." };
    const { position } = status;
    if (!position) return { amount: "flat", side: "Flat", sentence: FLAT[status.state] || FLAT.running };
    const balances = status.balances || {};
    const { pnl, isEstimate } = unrealized(slice, price);
    return {
      amount: String(position.amount), side: sideOf(position), isShort: isShort(position),
      pnl: (isEstimate ? "≈ " : "") + scripts.format.signedMoney(pnl, balances.quote_currency), currency: balances.quote_currency || "",
      exact: isEstimate ? "Worked out from the price: this bot does not tell it as the price moves." : "",
      percent: scripts.format.signedPercent(share(pnl, position)), tone: scripts.format.sign(pnl),
      amountText: join(scripts.format.amount(position.amount), balances.base_currency),
      entry: scripts.format.price(position.entry_price), age: scripts.format.duration(now - position.entry_ts),
      rail: rail(position, price),
    };
  }

  const join = (figure, unit) => (unit ? figure + " " + unit : figure);

  const isShort = ({ side }) => ["short", "sell"].includes(side);
  const sideOf = (position) => (isShort(position) ? "Short" : "Long");

  /** A bot that tells its P&L with each heartbeat has told it once this has passed. */
  const BEAT_MS = 2000;

  /** What the position would bring now: {pnl, isEstimate}; `pnl` is null where nobody can say. The heartbeat's figure is newer
      than the status'; where no heartbeat tells it, prices that came since the status do, without fees. */
  function unrealized({ status, beat }, price) {
    const { position } = status;
    if (beat && beat.unrealized_pnl != null) return { pnl: beat.unrealized_pnl, isEstimate: false };
    const told = position.unrealized_pnl == null ? null : position.unrealized_pnl;
    const isTold = told !== null && !(price && price.at > status.at + BEAT_MS);
    if (isTold || !price) return { pnl: told, isEstimate: false };
    const gained = (Number(price.text) - Number(position.entry_price)) * Number(position.amount) * (isShort(position) ? -1 : 1);
    return Number.isFinite(gained) ? { pnl: gained.toFixed(12), isEstimate: true } : { pnl: told, isEstimate: false };
  }

  function share(pnl, position) {
    const cost = Number(position.amount) * Number(position.entry_price);
    return pnl !== null && cost > 0 ? (Number(pnl) / cost) * 100 : null;
  }

  /** Places along the rail in percent; the entry stands in the middle where stop or target is not set. */
  function rail(position, price) {
    const entry = Number(position.entry_price);
    const stop = position.stop_price ? Number(position.stop_price) : null;
    const target = position.take_profit_price ? Number(position.take_profit_price) : null;
    if (stop === null && target === null) return null;
    const low = stop === null ? entry - Math.abs(target - entry) : stop;
    const high = target === null ? entry + Math.abs(entry - stop) : target;
    const place = (value) => (high === low ? 50 : Math.min(100, Math.max(0, ((value - low) / (high - low)) * 100)));
    return {
      entryAt: place(entry), priceAt: price ? place(Number(price.text)) : place(entry),
      stop: stop === null ? "no stop" : "stop " + scripts.format.price(position.stop_price),
      entry: "entry " + scripts.format.price(position.entry_price),
      target: target === null ? "no target" : "target " + scripts.format.price(position.take_profit_price),
    };
  }

  function build(body) {
    const { make, pair } = scripts.dom;
    const pnl = { figure: make("span"), currency: make("small"), percent: make("small") };
    const ends = { stop: make("span"), target: make("span") };
    const rail = make("div", { class: "rail", role: "img" }, make("b"), make("i"));
    const entry = make("span", { class: "rail-entry", "aria-hidden": "true" }, "entry");
    const railBlock = make("div", { class: "rail-block needs-market" }, entry, rail, make("div", { class: "ends" }, ...Object.values(ends)));
    const big = make("p", { class: "big needs-market" }, ...Object.values(pnl));
    const rows = { amountText: pair("Amount", "bot"), entry: pair("Entry", "bot"), age: pair("Open for", "bot") };
    const held = make("div", null, big, railBlock, ...Object.values(rows).map(({ row }) => row));
    const flat = make("p", { class: "empty" });
    body.replaceChildren(held, flat);
    return { big, ends, flat, held, pnl, rail, railBlock, rows };
  }

  function paint(slice) {
    const { attribute, hide, part, text, tone } = scripts.dom;
    const seen = view(slice, scripts.page.price(), Date.now());
    const parts = part("position-body", build);
    if (!parts) return;
    const isFlat = seen.amount === "flat";
    attribute("deck", "data-position", seen.amount);
    hide(parts.held, isFlat);
    hide(parts.flat, !isFlat);
    text("position-side", seen.side);
    tone("position-side", isFlat ? 0 : seen.isShort ? -1 : 1);
    if (isFlat) text(parts.flat, seen.sentence);
    else paintHeld(parts, seen);
  }

  function paintHeld(parts, seen) {
    const { attribute, text, tone } = scripts.dom;
    text(parts.pnl.figure, seen.pnl);
    attribute(parts.pnl.figure, "title", seen.exact || null);
    text(parts.pnl.currency, seen.currency);
    text(parts.pnl.percent, seen.percent);
    tone(parts.big, seen.tone);
    for (const [name, { figure }] of Object.entries(parts.rows)) text(figure, seen[name]);
    paintRail(parts, seen.rail);
  }

  function paintRail(parts, seen) {
    const { attribute, hide, text } = scripts.dom;
    hide(parts.railBlock, !seen);
    if (!seen) return;
    parts.railBlock.style.setProperty("--entry-at", seen.entryAt.toFixed(1) + "%");
    parts.railBlock.style.setProperty("--price-at", seen.priceAt.toFixed(1) + "%");
    for (const [name, end] of Object.entries(parts.ends)) text(end, seen[name]);
    attribute(parts.rail, "aria-label", [seen.stop, seen.entry, seen.target].join(", "));
  }

  scripts.position = { paint, sideOf, unrealized, view };
})();
