/* The trades: what is shown of them, and where the reader is. Newest first; older ones come as somebody scrolls to them. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const FILTERS = { all: "All", buy: "Buys", sell: "Sells", won: "Won", lost: "Lost" };
  const NEWS = ["trade", "trades"];
  const SLIDING = 20;
  const cell = { history: null, trades: null, run: null, day: null };

  function build(table) {
    const { chips, get, make } = scripts.dom;
    const frame = table.parentElement;
    table.setAttribute("role", "table");
    table.replaceChildren(scripts.trade_row.head());
    const parts = {
      frame, rows: scripts.trades_list.create(frame, table, scripts.trade_row.make),
      reading: scripts.reading.create(frame, get("trades-news"), NEWS),
      press: chips(get("trades-filter"), FILTERS, filter),
      search: scripts.search.create(get("trades-search"), "Search trades", search),
      text: make("span"), button: make("button", { type: "button", class: "action" }),
    };
    parts.button.addEventListener("click", () => (cell.history.phase === "error" ? load() : showAll()));
    get("trades-more").append(parts.text, parts.button);
    parts.watcher = new IntersectionObserver((seen) => seen.at(-1).isIntersecting && cell.history.phase === "idle" && load(), { root: frame, rootMargin: "600px 0px" });
    frame.addEventListener("keydown", step);
    table.addEventListener("pointerover", explain);
    return parts;
  }

  const panel = () => scripts.dom.part("trades-table", build);
  const known = () => cell.trades || { epoch: null, list: [], count: 0 };

  function paint(trades) {
    if (!panel()) return;
    const isNews = Boolean(cell.trades && trades && cell.trades.epoch === trades.epoch);
    cell.trades = trades;
    const held = cell.history || scripts.trades_history.start();
    update(scripts.trades_history.take(held, known()), isNews);
    scripts.dom.attribute("trades-table", "data-trade-count", known().count);
  }

  /** The list is now this one. */
  function update(history, isNews) {
    cell.history = history;
    const { rows, reading } = panel();
    const isOther = history.run !== cell.run || isAnotherDay();
    cell.run = history.run;
    if (isOther) scripts.trades_list.clear(rows);
    const count = isOther ? 0 : scripts.trades_list.countNewer(rows, history.list);
    scripts.reading.insert(reading, count, () => scripts.trades_list.sync(rows, history.list, isNews && count <= SLIDING));
    if (isOther) scripts.reading.restart(reading);
    paintEnd(history);
  }

  /** Rows of today show no date. */
  function isAnotherDay() {
    const held = cell.day;
    cell.day = scripts.format.midnight(Date.now());
    return held !== null && held !== cell.day;
  }

  /** What stands below the last row, or in its place: {text, button}; one of them may be "". Pure. */
  function end(history, isLoaded) {
    const { list, phase, wish } = history;
    const isNarrow = !scripts.trades_history.isEverything(wish);
    if (phase === "error") return { text: history.error, button: "Retry" };
    if (phase === "loading" || phase === "idle") return { text: list.length ? "Reading older trades…" : "Searching older trades…", button: "" };
    if (phase === "full") return { text: "The page holds no more than these " + list.length + ". Search for older ones, or take the CSV.", button: "" };
    if (list.length) return { text: "", button: "" };
    if (!isLoaded) return { text: "Waiting for the relay.", button: "" };
    if (!isNarrow) return { text: "No trades yet. They appear here the moment they happen.", button: "" };
    return { text: wish.search ? "No trade matches “" + wish.search + "”." : "No trade of this kind.", button: "Show all trades" };
  }

  function paintEnd(history) {
    const { attribute, get, hide, text } = scripts.dom;
    const { button, frame, text: words, watcher } = panel();
    const shown = end(history, scripts.page.isLoaded());
    text(words, shown.text);
    text(button, shown.button);
    hide(button, !shown.button);
    attribute("trades-more", "data-phase", history.phase);
    attribute("trades-more", "data-says", shown.text ? "true" : null);
    attribute(frame, "aria-busy", history.phase === "loading" ? "true" : null);
    watcher.unobserve(get("trades-more"));
    if (history.phase === "idle") watcher.observe(get("trades-more"));
  }

  async function load() {
    const asked = scripts.trades_history.ask(cell.history);
    update(asked, false);
    const answer = await scripts.ask.json(scripts.trades_history.address(asked));
    const { failed, got } = scripts.trades_history;
    update(answer.ok ? got(cell.history, asked.run, answer.body.trades) : failed(cell.history, asked.run, answer.error), false);
  }

  /** Only trades that match: {filter} or {search}. */
  function want(wish) {
    const parts = panel();
    update(scripts.trades_history.want(cell.history || scripts.trades_history.start(), wish, known()), false);
    const { wish: wanted } = cell.history;
    scripts.dom.attribute("trades-table", "data-filter", wanted.filter);
    scripts.dom.attribute("trades-csv", "href", scripts.trades_history.csv(wanted));
    parts.press(wanted.filter);
  }

  const filter = (name) => want({ filter: name });
  const search = (text) => want({ search: scripts.trades_history.wordsOf(text) });

  function showAll() {
    scripts.search.clear(panel().search);
    want({ filter: "all", search: "" });
    panel().frame.focus();
  }

  /** The key `/`: to the search field. */
  function find() {
    const { field } = panel().search;
    field.scrollIntoView({ block: "nearest" });
    field.focus();
    field.select();
  }

  function explain(event) {
    const row = event.target.closest("[data-trade-id]");
    const { trade } = row && !row.cells[0].title ? around(keyOf(row)) : { trade: null };
    if (trade) scripts.trade_row.explain(row, trade);
  }

  // Arrow keys go from row to row; Enter is the link's own.

  const STEPS = { ArrowDown: 1, ArrowUp: -1 };

  function step(event) {
    const way = STEPS[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    const links = [...panel().frame.querySelectorAll(".trade-link")];
    const next = links[links.indexOf(document.activeElement) + way];
    if (next) next.focus();
    if (next) event.preventDefault();
  }

  /** The trade with that key and its neighbours, of those that the list holds. */
  const around = (key) => scripts.trades_history.around(cell.history || scripts.trades_history.start(), key);

  const keyOf = (row) => scripts.route.keyIn(row.querySelector("a"));

  /** The link of the row with that key takes the focus. */
  function focus({ id, of }) {
    const rows = [...scripts.dom.get("trades-table").querySelectorAll('[data-trade-id="' + CSS.escape(id) + '"]')];
    const row = rows.find((one) => of === null || keyOf(one).of === of);
    if (row) row.querySelector("a").focus();
  }

  scripts.trades = { around, end, filter, find, focus, paint, view: (trade, now) => scripts.trade_row.view(trade, now) };
})();
