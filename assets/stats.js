/* The six statistics; a figure counts up to its new value. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const COUNT_MS = 300;
  const STATS = {
    pnl: ["Realised P&L", "What closed trades have won or lost, after fees."],
    "win-rate": ["Win rate", "The share of closed trades that made money."],
    "profit-factor": ["Profit factor", "All winnings divided by all losses; above 1 makes money."],
    drawdown: ["Drawdown", "How far equity is below its highest point, now and at worst."],
    sharpe: ["Sharpe", "Return for each unit of its ups and downs; higher is steadier."],
    trades: ["Trades", "Trades that were opened and closed since the statistics began."],
  };
  const shown = {};

  const numberOf = (value) => (value === null || value === undefined || value === "" ? null : Number(value));

  /** Each figure as {value, text(value), note, tone}; money is in `unit`. */
  function view(stats, lastTradeTs, now, unit) {
    const { format } = scripts;
    const s = stats || {};
    const known = Boolean(stats);
    const drawdown = numberOf(s.current_drawdown_pct);
    return {
      "pnl": {
        value: numberOf(s.realized_pnl), exact: format.shortMoney(s.realized_pnl, unit), text: countMoney(unit), title: format.signedMoney(s.realized_pnl, unit),
        note: known ? "fees " + format.money(s.fees, unit) : "", tone: format.sign(s.realized_pnl),
      },
      "win-rate": {
        value: known && s.win_rate != null ? s.win_rate * 100 : null, text: (value) => format.percent(value, 1),
        note: known ? format.count(s.wins) + " of " + format.count(s.wins + s.losses) : "", tone: 0,
      },
      "profit-factor": {
        value: numberOf(s.profit_factor), text: (value) => format.number(value, 2),
        note: known ? "expectancy " + format.signedMoney(s.expectancy, unit) : "", tone: 0,
      },
      "drawdown": {
        value: drawdown === null ? null : -Math.abs(drawdown), text: (value) => format.percent(value, 1),
        note: known && s.max_drawdown_pct != null ? "worst " + format.percent(-Math.abs(s.max_drawdown_pct), 1) : "", tone: 0,
      },
      "sharpe": { value: numberOf(s.sharpe), text: (value) => format.number(value, 2), note: known ? "since start" : "", tone: 0 },
      "trades": {
        value: known ? s.trades : null, text: (value) => format.number(Math.round(value), 0),
        note: lastTradeTs ? "last fill " + format.ago(now - lastTradeTs) : s.trades === 0 ? "none yet" : "", tone: 0,
      },
    };
  }

  const countMoney = (unit) => (value) => scripts.format.shortMoney(value.toFixed(scripts.format.decimals(unit)), unit);

  function build(section) {
    const parts = {};
    const cards = Object.entries(STATS).map(([name, [label, meaning]]) => {
      const { make } = scripts.dom;
      const value = make("p", { class: "stat-value needs-bot", id: "stat-" + name }, scripts.format.NONE);
      parts[name] = { value, note: make("p", { class: "stat-note" }) };
      const tip = make("p", { class: "stat-meaning", role: "tooltip", id: "stat-" + name + "-meaning" }, meaning);
      const attributes = { class: "panel stat", tabindex: 0, role: "group", "aria-label": label, "aria-describedby": tip.id };
      return make("div", attributes, make("h3", { class: "stat-name" }, label), parts[name].value, parts[name].note, tip);
    });
    section.replaceChildren(...cards);
    document.addEventListener("keydown", ({ key }) => key === "Escape" && cards.forEach(dismiss));
    cards.forEach((card) => ["pointerleave", "blur"].forEach((name) => card.addEventListener(name, () => restore(card))));
    return parts;
  }

  /** Esc takes an explanation away until it is pointed at, or reached, anew. */
  const dismiss = (card) => card.matches(":hover, :focus-visible") && scripts.dom.attribute(card, "data-dismissed", "true");
  const restore = (card) => scripts.dom.attribute(card, "data-dismissed", null);

  function lastFill(trades, bot) {
    for (let i = trades.list.length - 1; i >= 0; i -= 1) if (trades.list[i].bot_id === bot) return trades.list[i].ts;
    return null;
  }

  function paint(stats, clock, trades, bots, { status }) {
    const parts = scripts.dom.part("stats-panel", build);
    if (!parts) return;
    const balances = status && status.balances;
    const seen = view(stats, lastFill(trades, bots.selected), Date.now(), balances && balances.quote_currency);
    for (const name of Object.keys(STATS)) paintOne(name, parts[name], seen[name]);
    parts.drawdown.value.classList.toggle("needs-market", scripts.balance.needs(balances) === "market");
  }

  function paintOne(name, parts, figure) {
    scripts.dom.text(parts.note, figure.note);
    scripts.dom.tone(parts.value, figure.tone);
    scripts.dom.attribute(parts.value, "title", figure.title);
    const before = shown[name];
    const settled = figure.value === null ? scripts.format.NONE : figure.exact || figure.text(figure.value);
    if (before && before.value === figure.value && before.settled === settled) return;
    shown[name] = { value: figure.value, settled, frame: before && before.frame };
    parts.value.style.setProperty("--length", settled.length);
    const isOther = before && before.value !== null && figure.value !== null && before.value !== figure.value;
    const canCount = isOther && !document.hidden && !scripts.dom.isStill();
    if (canCount) count(parts.value, shown[name], before.value, figure, settled);
    else scripts.dom.text(parts.value, settled);
  }

  function count(element, mine, from, figure, settled) {
    cancelAnimationFrame(mine.frame);
    const began = performance.now();
    const next = (now) => {
      const part = Math.min(1, Math.max(0, (now - began) / COUNT_MS));
      const eased = 1 - (1 - part) ** 3;
      scripts.dom.text(element, part === 1 ? settled : figure.text(from + (figure.value - from) * eased));
      if (part < 1) mine.frame = requestAnimationFrame(next);
    };
    mine.frame = requestAnimationFrame(next);
  }

  scripts.stats = { paint, view };
})();
