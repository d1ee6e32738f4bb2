/* The account. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** The hop that equity depends on: what is held is worth what the market says. */
  const needs = (balances) => (scripts.format.sign(balances && balances.base) ? "market" : "bot");

  /** What the panel says; `slice.today` is that of assets/today.js. */
  function view(slice) {
    const balances = slice && slice.status && slice.status.balances;
    const none = scripts.format.NONE;
    const missing = slice && slice.status ? "This bot has not told its balances." : "Waiting for the bot's first word.";
    if (!balances) return { missing, equity: none, currency: "", free: none, held: none, today: none, tone: 0, needs: needs(null), exact: {} };
    const beat = slice.beat && slice.beat.equity;
    const equity = beat === null || beat === undefined ? balances.equity : beat;
    const { today } = slice;
    const unit = balances.quote_currency;
    const { money } = scripts.format;
    return {
      missing: "", equity: money(equity, unit), currency: unit, unit: unit + " equity" + (isMoving(slice) ? " at " + scripts.format.time(slice.status.at) : ""),
      free: money(balances.quote, unit) + " " + unit,
      held: scripts.format.amount(balances.base) + " " + balances.base_currency,
      today: today ? signed(today.pnl, equity, unit) + scripts.today.since(today) : none, tone: today ? scripts.format.sign(today.pnl) : 0,
      needs: needs(balances), exact: { equity, quote: balances.quote, base: balances.base },
    };
  }

  /** What is held changes in worth, and no heartbeat tells it: the figure is as old as the status. */
  const isMoving = ({ status, beat }) => needs(status.balances) === "market" && !(beat && beat.equity != null);

  function signed(gained, equity, unit) {
    const before = Number(equity) - Number(gained);
    const share = before > 0 ? (Number(gained) / before) * 100 : null;
    return scripts.format.signedMoney(gained, unit) + (share === null ? "" : " · " + scripts.format.signedPercent(share));
  }

  function build(body) {
    const { make, pair } = scripts.dom;
    const equity = make("span");
    const currency = make("small", { class: "muted" });
    const rows = { free: pair("Free", "bot"), held: pair("Held", "bot"), today: pair("Today", "bot") };
    const worth = make("p", { class: "big needs-bot" }, equity, currency);
    const known = make("div", null, worth, ...Object.values(rows).map(({ row }) => row));
    const unknown = make("p", { class: "empty" });
    body.replaceChildren(known, unknown);
    return { known, unknown, worth, equity, currency, free: rows.free.figure, held: rows.held.figure, today: rows.today.figure };
  }

  function paint(slice) {
    const { attribute, hide, part, text, tone } = scripts.dom;
    const seen = view(slice);
    const parts = part("balance-body", build);
    if (!parts) return;
    hide(parts.known, seen.missing);
    hide(parts.unknown, !seen.missing);
    text(parts.unknown, seen.missing);
    for (const name of ["equity", "free", "held", "today"]) text(parts[name], seen[name]);
    text(parts.currency, seen.unit || "");
    tone(parts.today, seen.tone);
    parts.worth.classList.toggle("needs-market", seen.needs === "market");
    attribute(parts.equity, "title", seen.exact.equity);
    attribute(parts.today, "title", "What the trades that were closed today have brought.");
    attribute(parts.free, "title", seen.exact.quote);
    attribute(parts.held, "title", seen.exact.base);
  }

  scripts.balance = { needs, paint, view };
})();
