/* One trade as a row of the list. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const COLUMNS = { time: "Time", side: "Side", price: "Price", amount: "Amount", fee: "Fee", pnl: "P&L", why: "Why" };
  const WIDTHS = { price: 11, amount: 11, fee: 9, pnl: 11 };

  /** One row as text: {time, side, price, amount, fee, pnl, why, tone, result}; long figures are rounded to fit. Of several bots
      the reason says which one traded. */
  function view(trade, now) {
    const { format } = scripts;
    const quote = String(trade.symbol || "").split("/")[1];
    return {
      time: format.moment(trade.ts, now), side: trade.side === "buy" ? "▲ BUY" : "▼ SELL",
      price: format.fit(trade.price, WIDTHS.price, 2), amount: format.fit(trade.amount, WIDTHS.amount),
      fee: money(trade.fee, WIDTHS.fee, trade.fee_currency),
      pnl: (format.sign(trade.pnl) > 0 ? "+" : "") + money(trade.pnl, WIDTHS.pnl - 1, quote),
      why: why(trade, NAME), tone: format.sign(trade.pnl), result: scripts.trades_history.resultOf(trade),
    };
  }

  /** What a row shows rounded or cut, whole: {time, price, amount, fee, pnl, why}. */
  function exact(trade) {
    const { format } = scripts;
    const [base, quote] = String(trade.symbol || "").split("/");
    const unit = (value, name) => (value == null ? format.NONE : [format.amount(value), name].filter(Boolean).join(" "));
    return {
      time: format.dateTime(trade.ts), side: trade.symbol || "", price: unit(trade.price, quote), amount: unit(trade.amount, base),
      fee: unit(trade.fee, trade.fee_currency), pnl: unit(trade.pnl, quote), why: why(trade),
    };
  }

  /** A long name leaves the reason its room; the row's title has all of both. */
  const NAME = 14;
  const why = (trade, most = Infinity) => [cut(scripts.page.whose(trade.bot_id), most), trade.reason || "no reason given"].filter(Boolean).join(": ");
  const cut = (name, most) => (name.length > most ? name.slice(0, most - 1).trimEnd() + "…" : name);

  /** A sum of money in `unit` as elsewhere; what is too long for that is rounded further. */
  function money(value, width, unit) {
    const text = scripts.format.money(value, unit);
    return text.length <= width ? text : scripts.format.fit(value, width);
  }

  function make(trade, isNew) {
    const { make: element, tone } = scripts.dom;
    const seen = view(trade, Date.now());
    const link = element("a", { href: scripts.route.linkTo(trade), class: "trade-link", tabindex: -1 }, seen.time);
    const cells = Object.keys(COLUMNS).map((name) =>
      element("td", { role: "cell", class: "cell-" + name }, name === "time" ? link : seen[name]));
    tone(cells[5], seen.tone);
    const attributes = { role: "row", "data-trade-id": trade.id, "data-side": trade.side, "data-result": seen.result };
    return element("tr", { ...attributes, class: isNew ? "slide-in" : null }, ...cells);
  }

  /** The exact figures of a row as the titles of its cells: made when somebody points at it, for no list needs them all. */
  function explain(row, trade) {
    const whole = exact(trade);
    Object.keys(COLUMNS).forEach((name, i) => scripts.dom.attribute(row.cells[i], "title", whole[name]));
  }

  function head() {
    const { make: element } = scripts.dom;
    const cells = Object.entries(COLUMNS).map(([name, text]) => element("th", { role: "columnheader", scope: "col", class: "cell-" + name }, text));
    return element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...cells));
  }

  scripts.trade_row = { exact, explain, head, make, view };
})();
