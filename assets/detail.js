/* One trade in full. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** [name, text] for every field of a trade, in reading order. */
  function view(trade) {
    const { format } = scripts;
    const [base, quote] = String(trade.symbol || "").split("/");
    const unit = (text, name) => (text === format.NONE || !name ? text : text + " " + name);
    return [
      ["Time", format.dateTime(trade.ts)],
      ["Symbol", trade.symbol || format.NONE],
      ["Price", unit(format.price(trade.price), quote)],
      ["Amount", unit(format.amount(trade.amount), base)],
      ["Cost", unit(format.amount(trade.cost), quote)],
      ["Fee", unit(format.amount(trade.fee), trade.fee_currency)],
      ["P&L", trade.pnl == null ? "– (opens a position)" : unit((format.sign(trade.pnl) > 0 ? "+" : "") + format.amount(trade.pnl), quote)],
      ["Mode", trade.mode || format.NONE],
      ["Order", trade.order_id || format.NONE],
      ["Trade", trade.id],
      ["Bot", trade.bot_id || format.NONE],
    ];
  }

  function build(sheet) {
    const { make } = scripts.dom;
    const title = make("h2", { id: "trade-detail-title" });
    const close = make("button", { type: "button", class: "switch icon-close", "aria-label": "Close" });
    const body = make("div");
    close.addEventListener("click", scripts.route.leave);
    sheet.replaceChildren(make("div", { class: "sheet-head" }, title, close), body);
    return { title, body };
  }

  const title = (trade) => (trade.side === "buy" ? "▲ BUY " : "▼ SELL ") + (trade.symbol || "");

  const cell = { shown: null };

  /** Does the sheet show that trade already? A trade never changes, only how its numbers are written. */
  const shows = (id) => cell.shown === id;
  const forget = () => void (cell.shown = null);

  function paint(id) {
    const { make, part, text } = scripts.dom;
    const { body, title: head } = part("trade-detail", build);
    const trade = scripts.page.trade(id);
    cell.shown = trade ? id : null;
    scripts.dom.attribute("trade-detail", "data-trade-id", id);
    text(head, trade ? title(trade) : "Trade");
    if (!trade) return body.replaceChildren(make("p", { class: "empty" }, missing()));
    const rows = view(trade).map(([name, value]) =>
      make("div", { class: "pair" }, make("dt", { class: "pair-name" }, name), make("dd", null, value)));
    const why = make("div", { class: "why-block" }, make("h3", null, "Why"), make("p", null, trade.reason || "The bot gave no reason."));
    body.replaceChildren(why, make("dl", { class: "pairs" }, ...rows));
  }

  const missing = () =>
    scripts.page.isLoaded()
      ? "This trade is not among the newest that the page holds. The CSV export has them all."
      : "Waiting for the relay.";

  scripts.detail = { forget, paint, shows, title, view };
})();
