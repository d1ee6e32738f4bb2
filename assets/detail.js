/* One trade in full: what was done and why, what it brought, and how its order went. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** The relay's word for a bot that does not know the question: it would not know it the next time either. */
  const MUTE = /gave no readable answer|is not a command|cannot get_order/;
  const cell = { key: null, trade: null, isBusy: false };

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
      ["Bot", scripts.page.whose(trade.bot_id) || trade.bot_id || format.NONE],
    ];
  }

  /** The steps of an order's life: [{time, whole, state, text, isLast}]. */
  function life(order) {
    const steps = (order && order.life) || [];
    return steps.map((step, i) => ({ time: scripts.format.time(step.ts), whole: scripts.format.dateTime(step.ts), state: step.state, text: step.text || "", isLast: i === steps.length - 1 }));
  }

  const title = (trade) => (trade.side === "buy" ? "▲ BUY " : "▼ SELL ") + (trade.symbol || "");

  // The document.

  function build(sheet) {
    const { make } = scripts.dom;
    const parts = {
      title: make("h2", { id: "trade-detail-title", tabindex: -1, autofocus: "" }), trade: make("div"), opening: make("div"), order: make("div"),
      newer: make("button", { type: "button", class: "switch icon-up", "aria-label": "Newer trade (k)", title: "Newer trade (k)" }),
      older: make("button", { type: "button", class: "switch icon-down", "aria-label": "Older trade (j)", title: "Older trade (j)" }),
      close: make("button", { type: "button", class: "switch icon-close", "aria-label": "Close", title: "Close (Esc)" }),
    };
    const copy = scripts.copy.button("Copy link", { class: "chip" }, () => window.location.href);
    const ways = make("div", { class: "sheet-ways" }, ...copy, parts.newer, parts.older, parts.close);
    parts.close.addEventListener("click", scripts.route.leave);
    parts.newer.addEventListener("click", () => move("newer"));
    parts.older.addEventListener("click", () => move("older"));
    sheet.addEventListener("keydown", onKey);
    sheet.replaceChildren(make("div", { class: "sheet-head" }, parts.title, ways), parts.trade, parts.opening, parts.order);
    return parts;
  }

  const panel = () => scripts.dom.part("trade-detail", build);

  function onKey(event) {
    const way = { j: "older", k: "newer" }[event.key];
    if (way && !event.ctrlKey && !event.metaKey && !event.altKey) move(way);
  }

  function move(way) {
    const next = around()[way];
    if (next) scripts.route.swap(scripts.route.keyOf(next));
  }

  /** Does the sheet show all that is known of that trade? A trade never changes. */
  const shows = (key) => isShown(key) && (cell.trade !== null || cell.isBusy || !scripts.trade_source.held(key));
  const isShown = ({ id, of }) => cell.key !== null && cell.key.id === id && cell.key.of === of;

  function paint(key) {
    Object.assign(cell, { key, trade: scripts.trade_source.held(key), isBusy: true });
    scripts.dom.attribute("trade-detail", "data-trade-id", key.id);
    for (const part of ["trade", "opening", "order"]) panel()[part].replaceChildren();
    if (cell.trade) paintTrade(cell.trade);
    else paintNote("trade", "Reading the trade…");
    paintWays();
    ask(key);
  }

  async function ask(key) {
    if (cell.trade) paintNote("order", "Reading what became of the order…");
    const answer = await scripts.trade_source.whole(key);
    if (cell.key !== key) return;
    cell.isBusy = false;
    if (answer.ok && !cell.trade) paintTrade((cell.trade = answer.body.trade));
    if (answer.ok) return paintOrder(answer.body);
    if (cell.trade) return paintFailure("order", answer.error, key);
    if (answer.code !== 404) return paintFailure("trade", answer.error, key);
    paintNote("trade", "There is no trade " + key.id + " on this deck: the link may be cut short, or of another deck.");
    scripts.dom.text(panel().title, "No such trade");
  }

  function paintTrade(trade) {
    const { make, text, tone } = scripts.dom;
    const parts = panel();
    text(parts.title, title(trade));
    scripts.dom.attribute(parts.title, "data-side", trade.side);
    const fields = view(trade).map(([name, value]) => pair(name, value));
    const pnl = fields.find((field) => field.firstChild.textContent === "P&L");
    tone(pnl.lastChild, scripts.format.sign(trade.pnl));
    parts.trade.replaceChildren(why(trade), make("dl", { class: "pairs" }, ...fields));
    if (scripts.chart.highlight) scripts.chart.highlight(trade);
    paintOpening(trade);
  }

  function pair(name, ...value) {
    const { make } = scripts.dom;
    return make("div", { class: "pair" }, make("dt", { class: "pair-name" }, name), make("dd", null, ...value));
  }

  function why(trade) {
    const { make } = scripts.dom;
    const values = scripts.reason.values(trade.reason || "").map(([name, value]) => pair(name, value));
    const list = values.length ? make("dl", { class: "why-values" }, ...values) : null;
    return make("div", { class: "why-block" }, make("h3", null, "Why"), make("p", null, trade.reason || "The bot gave no reason."), list);
  }

  /** How long it was held, with the way to what opened it. */
  async function paintOpening(trade) {
    const found = await scripts.trade_source.openings(trade);
    if (cell.trade !== trade || !found) return;
    const { format } = scripts;
    const { make } = scripts.dom;
    const heldMs = scripts.opening.heldMs(trade, found);
    const links = found.openings.map((one) =>
      make("a", { href: scripts.route.linkTo(one) }, "▲ " + format.amount(one.amount) + " at " + format.price(one.price)));
    const rows = [pair("Held", heldMs === null ? "not known" : format.duration(heldMs))];
    if (links.length) {
      const row = pair(links.length > 1 ? "Opened by " + links.length + " trades" : "Opened by", make("span", { class: "links" }, ...links));
      row.classList.add("pair-of-links");
      rows.push(row);
    }
    panel().opening.replaceChildren(make("dl", { class: "pairs" }, ...rows));
  }

  function paintOrder({ order, order_error: error }) {
    const { make } = scripts.dom;
    const steps = life(order).map((step) =>
      make("li", { "data-state": step.state, "data-last": step.isLast ? "true" : null },
        make("time", { title: step.whole }, step.time), make("b", null, step.state), step.text ? make("p", null, step.text) : null));
    const isMute = MUTE.test(error || "");
    if (!steps.length && error && !isMute) return paintFailure("order", error, cell.key);
    const note = make("p", { class: "muted" }, isMute ? "This bot does not tell how its orders went." : "The bot has told nothing of this order.");
    panel().order.replaceChildren(make("h3", null, "The order"), steps.length ? make("ol", { class: "life" }, ...steps) : note);
  }

  function paintNote(part, text) {
    panel()[part].replaceChildren(scripts.dom.make("p", { class: "muted", role: "status" }, text));
    if (!cell.trade) scripts.dom.text(panel().title, "Trade");
    if (!cell.trade) scripts.dom.attribute(panel().title, "data-side", null);
  }

  function paintFailure(part, error, key) {
    const { make } = scripts.dom;
    const retry = make("button", { type: "button", class: "action" }, "Retry");
    retry.addEventListener("click", () => paint(key));
    panel()[part].replaceChildren(make("p", { role: "alert" }, error), retry);
  }

  /** The trade that is shown and its neighbours in the list. */
  const around = () => scripts.trades.around(cell.trade ? scripts.route.keyOf(cell.trade) : cell.key);

  function paintWays() {
    const { newer, older } = around();
    panel().newer.disabled = !newer;
    panel().older.disabled = !older;
  }

  /** The sheet is closed: nothing is marked any more, and who came from the list goes back to it. */
  function leave() {
    const { key } = cell;
    Object.assign(cell, { key: null, trade: null, isBusy: false });
    if (scripts.chart.highlight) scripts.chart.highlight(null);
    if (scripts.dom.get("trades-table").contains(document.activeElement)) scripts.trades.focus(key);
  }

  /** How numbers are written has changed: the sheet is to be filled anew. */
  const forget = () => void Object.assign(cell, { key: null, trade: null });

  scripts.detail = { forget, leave, life, paint, paintWays, shows, title, view };
})();
