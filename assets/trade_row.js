/* One trade as a row of the list. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const COLUMNS = { time: "Time", side: "Side", price: "Price", amount: "Amount", fee: "Fee", pnl: "P&L", why: "Why" };
  const WIDTHS = { price: 11, amount: 11, fee: 9, pnl: 11 };

  /** One row as text: {time, side, price, amount, fee, pnl, why, tone, result, exact}; long figures are rounded to fit, `exact` has them whole. */
  function view(trade, now) {
    const { format } = scripts;
    const [base, quote] = String(trade.symbol || "").split("/");
    const exact = (value, unit) => (value == null ? format.NONE : [format.amount(value), unit].filter(Boolean).join(" "));
    return {
      time: format.moment(trade.ts, now), side: trade.side === "buy" ? "▲ BUY" : "▼ SELL",
      price: format.fit(trade.price, WIDTHS.price, 2), amount: format.fit(trade.amount, WIDTHS.amount),
      fee: money(trade.fee, WIDTHS.fee), pnl: (format.sign(trade.pnl) > 0 ? "+" : "") + money(trade.pnl, WIDTHS.pnl - 1),
      why: trade.reason || "", tone: format.sign(trade.pnl), result: scripts.trades_history.resultOf(trade),
      exact: {
        time: format.dateTime(trade.ts), price: exact(trade.price, quote), amount: exact(trade.amount, base),
        fee: exact(trade.fee, trade.fee_currency), pnl: exact(trade.pnl, quote), why: trade.reason || "",
      },
    };
  }

  /** A sum of money as elsewhere; what is too long for that is rounded further. */
  function money(value, width) {
    const text = scripts.format.money(value);
    return text.length <= width ? text : scripts.format.fit(value, width);
  }

  function make(trade, isNew) {
    const { make: element, tone } = scripts.dom;
    const seen = view(trade, Date.now());
    const link = element("a", { href: "/trade/" + encodeURIComponent(trade.id), class: "trade-link", tabindex: -1 }, seen.time);
    const cells = Object.keys(COLUMNS).map((name) =>
      element("td", { role: "cell", class: "cell-" + name, title: seen.exact[name] }, name === "time" ? link : seen[name]));
    tone(cells[5], seen.tone);
    const attributes = { role: "row", "data-trade-id": trade.id, "data-side": trade.side, "data-result": seen.result };
    return element("tr", { ...attributes, class: isNew ? "slide-in" : null }, ...cells);
  }

  function head() {
    const { make: element } = scripts.dom;
    const cells = Object.entries(COLUMNS).map(([name, text]) => element("th", { role: "columnheader", scope: "col", class: "cell-" + name }, text));
    return element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...cells));
  }

  scripts.trade_row = { head, make, view };
})();
