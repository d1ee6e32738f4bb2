/* The fleet: every bot in one row, with start and stop for each. A view of its own in place of one bot's deck, at `#fleet`, so
   that the browser's back button leaves it. Drawn only while it is open, at most five times a second. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const HASH = "#fleet";
  const REDRAW_MS = 200;
  const MODES = ["live", "paper", "simulated"];
  const COLUMNS = ["Bot", "State", "Price", "Trend", "Position", "Today", "Equity", "Start or stop"];
  const cell = { wanted: null, timer: null, clock: null, isOpen: false };

  // What it says, pure.

  /** {rows, summary, stoppable}; `fleet` is {picture, line, asked, connection}. */
  function view(fleet, now) {
    const rows = fleet.picture.bots.map((bot) => row(fleet, bot, now));
    const stoppable = rows.filter(({ stop }) => stop.isShown && !stop.off);
    return { rows, summary: summary(rows), stoppable: stoppable.map(({ id, mode }) => ({ id, mode })) };
  }

  function row({ picture, line, asked, connection }, { bot_id: id, name }, now) {
    const bot = scripts.deck.shown(picture, id);
    const hops = scripts.connection.hopsOf(line, picture, id, now);
    const controls = scripts.controls.viewOf(picture, id, connection, asked, hops);
    const { start, stop, resume } = controls;
    return {
      id, name: name || id, mode: controls.mode, state: controls.state, stateText: scripts.notice.WORDS[controls.state] || controls.state,
      isSelected: id === picture.selected, stale: scripts.connection.staleHops(hops).join(" "), fresh: freshness(hops),
      note: noteOf(asked.notes[id], bot.status, controls), isRefusal: controls.isRefusal,
      symbol: (bot.status && bot.status.symbol) || (bot.price && bot.price.symbol) || "",
      price: scripts.format.price(bot.price && bot.price.text), ...money(bot),
      start: short(controls.state === "halted" ? { ...start, isShown: false } : start), stop: short(stop), resume,
    };
  }

  /** The first hop in trouble, with its words; else how the bot's own hop stands. */
  function freshness({ page, bot, market }) {
    const hop = [page, bot, market].find(scripts.connection.isTroubled) || bot;
    return { level: hop.level, text: scripts.connection.isTroubled(hop) ? hop.text : "" };
  }

  /** What became of a press, else what the bot says of its state. */
  const noteOf = (note, status, { state }) => (note ? note.text : (status && status.state === state && status.message) || "");

  function money(bot) {
    const { format } = scripts;
    const { position, balances } = bot.status || {};
    const beat = bot.beat || {};
    const { pnl, isEstimate } = position ? scripts.position.unrealized(bot, bot.price) : {};
    const equity = beat.equity != null ? beat.equity : balances && balances.equity;
    const unit = (text, name) => (name ? text + " " + name : text);
    const currency = (balances && balances.quote_currency) || "";
    return {
      position: position ? scripts.position.sideOf(position) + " " + unit(format.amount(position.amount), balances && balances.base_currency) : bot.status ? "Flat" : format.NONE,
      pnl: position && pnl != null ? (isEstimate ? "≈ " : "") + format.signedMoney(pnl, currency) : "", pnlTone: position ? format.sign(pnl) : 0,
      today: scripts.today.text(bot.today, currency), todayTone: bot.today ? format.sign(bot.today.pnl) : 0, todaySum: bot.today && bot.today.pnl,
      equity: format.money(equity, currency), equityNeeds: scripts.balance.needs(balances), currency,
    };
  }

  const short = (button) => ({ ...button, text: button.text.replace(" bot", "") });

  /** "3 bots · 2 running · 1 halted · today +12.40 USDT" */
  function summary(rows) {
    const states = new Map();
    for (const { state } of rows) states.set(state, (states.get(state) || 0) + 1);
    const today = todayOf(rows);
    return [rows.length + " bots", ...[...states].map(([state, count]) => count + " " + state), today && "today " + today].filter(Boolean).join(" · ");
  }

  /** Real money is never added to play money: "live −300.00 USDT, paper +5,000.00 USDT"; of one mode alone only the sums. */
  function todayOf(rows) {
    const modes = MODES.filter((mode) => rows.some((one) => one.mode === mode && one.currency));
    const sums = modes.map((mode) => ({ mode, text: sumsOf(rows.filter((one) => one.mode === mode)) }));
    return sums.filter(({ text }) => text).map(({ mode, text }) => (modes.length > 1 ? mode + " " : "") + text).join(", ");
  }

  function sumsOf(rows) {
    const sums = new Map();
    for (const { currency, todaySum } of rows) {
      if (currency && todaySum) sums.set(currency, scripts.format.add(sums.get(currency) || "0", todaySum));
    }
    return [...sums].map(([currency, sum]) => scripts.format.signedMoney(sum, currency) + " " + currency).join(", ");
  }

  // Opening and leaving it.

  const many = () => cell.wanted !== null && cell.wanted.picture.bots.length > 1;
  const isAsked = () => window.location.hash === HASH;
  const address = () => window.location.pathname + window.location.search;

  function start() {
    scripts.dom.get("fleet-button").addEventListener("click", toggle);
    window.addEventListener("popstate", show);
    window.addEventListener("hashchange", show);
    document.addEventListener("visibilitychange", schedule);
  }

  function toggle() {
    if (!many()) return;
    if (isAsked()) return leave();
    history.pushState({ isOurs: true }, "", address() + HASH);
    show();
  }

  /** Back to the deck: the way the reader came, else by taking the view out of the address. */
  function leave() {
    if (history.state && history.state.isOurs) return history.back();
    history.replaceState(history.state, "", address());
    show();
  }

  /** That bot's deck. */
  function pick(id) {
    history.replaceState(null, "", address());
    scripts.page.tell({ kind: "select", bot_id: id });
    show();
  }

  /** As the address says; a single bot is no fleet. */
  function show() {
    const isOpen = isAsked() && many();
    if (isOpen === cell.isOpen) return;
    cell.isOpen = isOpen;
    scripts.dom.attribute("deck", "data-view", isOpen ? "fleet" : null);
    scripts.dom.attribute("fleet-button", "aria-expanded", isOpen);
    scripts.dom.hide("fleet", !isOpen);
    if (isOpen) draw();
    window.scrollTo(0, 0);
    scripts.dom.get(isOpen ? "fleet-title" : "fleet-button").focus();
  }

  // The document.

  function paint(fleet) {
    cell.wanted = fleet;
    const count = fleet.picture.bots.length;
    scripts.dom.text("fleet-button", "Fleet · " + count);
    scripts.dom.hide("fleet-button", count < 2);
    show();
    schedule();
  }

  function schedule() {
    if (cell.timer === null && cell.isOpen && !document.hidden) cell.timer = setTimeout(draw, REDRAW_MS);
  }

  function draw() {
    clearTimeout(cell.timer);
    cell.timer = null;
    const parts = scripts.dom.part("fleet", build);
    if (!parts || !cell.isOpen) return;
    const now = Date.now();
    const seen = view(cell.wanted, now);
    const isNewSecond = Math.floor(now / 1000) !== cell.clock;
    cell.clock = Math.floor(now / 1000);
    scripts.dom.text(parts.summary, seen.summary);
    drawStopAll(parts.stopAll, seen.stoppable);
    scripts.fleet_rows.paint(parts.body, seen.rows, cell.wanted.picture, isNewSecond);
  }

  function build(section) {
    const { make } = scripts.dom;
    const title = make("h2", { id: "fleet-title", tabindex: -1 }, "Fleet");
    const summary = make("p", { class: "fleet-summary" });
    const stopAll = make("button", { type: "button", class: "action stop", id: "fleet-stop-all" });
    const heads = COLUMNS.map((name) => make("th", { scope: "col", role: "columnheader" }, name));
    const body = make("tbody", { role: "rowgroup" });
    const head = make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads));
    const table = make("table", { class: "fleet-table", role: "table", "aria-labelledby": title.id }, head, body);
    section.replaceChildren(make("div", { class: "fleet-head" }, make("div", null, title, summary), stopAll), table);
    stopAll.addEventListener("click", askStopAll);
    body.addEventListener("click", onClick);
    return { body, stopAll, summary };
  }

  function drawStopAll(button, stoppable) {
    scripts.dom.text(button, stoppable.length ? "■ Stop all " + stoppable.length : "■ Stop all");
    scripts.dom.property(button, "disabled", !stoppable.length);
    scripts.dom.attribute(button, "title", stoppable.length ? null : "No bot that can be stopped now.");
  }

  function askStopAll() {
    const { stoppable } = view(cell.wanted, Date.now());
    if (!stoppable.length) return;
    const count = stoppable.length === 1 ? "1 bot" : stoppable.length + " bots";
    const live = stoppable.filter(({ mode }) => mode === "live").length;
    scripts.confirm.ask({
      title: "Stop " + count + "?", yes: "Stop " + count,
      text: (live ? live + " of them live. " : "") + "Nothing new is opened. What is held stays, with stop loss and take profit active.",
      onYes: () => stoppable.forEach(({ id }) => scripts.page.command("stop_bot", { bot_id: id })),
    });
  }

  function onClick(event) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    const { id } = event.target.closest("tr").dataset;
    const button = event.target.closest("button");
    if (button) return scripts.page.command(button.dataset.command, { bot_id: id });
    event.preventDefault();
    pick(id);
  }

  scripts.fleet = { leave, paint, start, toggle, view };
})();
