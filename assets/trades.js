/* The trades table. Its inside belongs to this file alone; rows go in on top and, past the limit, out at the bottom. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const COLUMNS = ["Time", "Side", "Price", "Amount", "Fee", "P&L", "Why"];
  const FILTERS = { all: "All", buy: "Buys", sell: "Sells", won: "Won", lost: "Lost" };
  const drawn = { epoch: null, seq: 0 };

  /** One row as text: {time, side, price, amount, fee, pnl, why, tone, result}. */
  function view(trade) {
    const { format } = scripts;
    const tone = format.sign(trade.pnl);
    return {
      time: format.time(trade.ts), side: trade.side === "buy" ? "▲ BUY" : "▼ SELL", price: format.price(trade.price),
      amount: format.amount(trade.amount), fee: trade.fee == null ? format.NONE : format.money(trade.fee),
      pnl: trade.pnl == null ? format.NONE : format.signedMoney(trade.pnl), why: trade.reason || "", tone,
      result: trade.pnl == null ? "open" : tone > 0 ? "won" : tone < 0 ? "lost" : "even",
    };
  }

  function row(trade, isNew) {
    const { make, tone } = scripts.dom;
    const seen = view(trade);
    const pnl = make("td", { class: "figure" }, seen.pnl);
    tone(pnl, seen.tone);
    const link = make("a", { href: "/trade/" + encodeURIComponent(trade.id), class: "trade-link" }, seen.time);
    return make(
      "tr",
      { "data-trade-id": trade.id, "data-side": trade.side, "data-result": seen.result, class: isNew ? "slide-in" : null },
      make("td", null, link), make("td", { class: "trade-side" }, seen.side), make("td", { class: "figure" }, seen.price),
      make("td", { class: "figure" }, seen.amount), make("td", { class: "figure" }, seen.fee), pnl,
      make("td", { class: "why", title: seen.why }, seen.why),
    );
  }

  function build(table) {
    const { chips, get, make } = scripts.dom;
    const body = make("tbody");
    table.replaceChildren(make("thead", null, make("tr", null, ...COLUMNS.map((name) => make("th", { scope: "col" }, name)))), body);
    return { body, press: chips(get("trades-filter"), FILTERS, filter) };
  }

  function paint(trades) {
    const parts = scripts.dom.part("trades-table", build);
    if (!parts) return;
    const { body } = parts;
    const isFresh = !trades || trades.epoch !== drawn.epoch;
    if (isFresh) {
      body.replaceChildren();
      Object.assign(drawn, { epoch: trades ? trades.epoch : null, seq: 0 });
    }
    const list = trades ? trades.list : [];
    prepend(body, list, !isFresh);
    scripts.dom.attribute("trades-table", "data-trade-count", trades ? trades.count : 0);
    paintEmpty(list);
  }

  function prepend(body, list, isNew) {
    let first = list.length;
    while (first > 0 && list[first - 1].seq > drawn.seq) first -= 1;
    if (first === list.length) return;
    const rows = document.createDocumentFragment();
    for (let i = list.length - 1; i >= first; i -= 1) rows.append(row(list[i], isNew && list.length - i <= 20));
    body.prepend(rows);
    drawn.seq = list[list.length - 1].seq;
    while (body.childElementCount > scripts.deck.LIMITS.trades) body.lastElementChild.remove();
  }

  function paintEmpty(list) {
    scripts.dom.hide("trades-empty", list.length > 0);
    const text = scripts.page.isLoaded() ? "No trades yet. They appear here the moment they happen." : "Waiting for the relay.";
    scripts.dom.text("trades-empty", text);
  }

  /** The next filter, or the one with that name. */
  function filter(name) {
    const table = scripts.dom.get("trades-table");
    const names = Object.keys(FILTERS);
    const next = name || names[(names.indexOf(table.dataset.filter) + 1) % names.length];
    scripts.dom.attribute(table, "data-filter", next);
    scripts.dom.part("trades-table", build).press(next);
  }

  scripts.trades = { filter, paint, view };
})();
