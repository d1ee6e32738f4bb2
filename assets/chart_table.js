/* The chart for those who cannot see it: one sentence, and a table of what is drawn. Renewed at most every ten seconds, when the
   browser has time; rows are kept and only their texts change. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const EVERY_MS = 10000;
  const ROWS = 100;
  const DAY_MS = 86400000;
  const cell = { at: -EVERY_MS, key: null };

  /** What the newest ROWS of a scene say: {head, rows}, newest first. */
  function view(scene) {
    const { dateTime, money, percent, price } = scripts.format;
    const { columns, kind } = scene;
    const row = {
      line: (i) => [price(columns.y[i])],
      candles: (i) => ["open", "high", "low", "close"].map((name) => price(columns[name][i])),
      equity: (i) => [money(columns.y[i]), percent(columns.drawdown[i])],
    }[kind];
    const first = Math.max(0, columns.x.length - ROWS);
    const rows = [];
    for (let i = columns.x.length - 1; i >= first; i -= 1) rows.push([dateTime(scripts.points.utc(columns.x[i])), ...row(i)]);
    return { head: HEADS[kind], rows };
  }

  const HEADS = { line: ["Time", "Price"], candles: ["Time", "Open", "High", "Low", "Close"], equity: ["Time", "Equity", "Drawdown"] };
  const TITLES = { line: "Last prices", equity: "Equity" };

  /** The chart in one sentence. */
  function sentence(scene) {
    const { dateTime, money, price, time } = scripts.format;
    const { columns, kind, last } = scene;
    const [least, most] = scripts.points.extent(columns);
    const isShort = columns.x[columns.x.length - 1] - columns.x[0] < DAY_MS;
    const at = (i) => (isShort ? time : dateTime)(scripts.points.utc(columns.x[i]));
    const figure = kind === "equity" ? money : price;
    const words = ["from", at(0), "to", at(columns.x.length - 1), "between", figure(least), "and", figure(most)];
    return (kind === "equity" ? "Equity " : "Price ") + words.join(" ") + (last ? ", now " + last.text : "") + ".";
  }

  function paint(scene, view, now) {
    if (cell.key === view && now - cell.at < EVERY_MS) return;
    Object.assign(cell, { at: now, key: view });
    const whenIdle = window.requestIdleCallback || setTimeout;
    whenIdle(() => write(scene, view));
  }

  function write(scene, name) {
    scripts.dom.text("chart-summary", sentence(scene));
    const parts = scripts.dom.part("chart-table", build);
    if (!parts) return;
    const { head, rows } = view(scene);
    scripts.dom.text(parts.caption, TITLES[name] || "Candles of " + name);
    fill(parts.head, "th", [head]);
    fill(parts.body, "td", rows);
  }

  function build(host) {
    const { make } = scripts.dom;
    const parts = { caption: make("caption"), head: make("thead"), body: make("tbody") };
    host.replaceChildren(make("table", null, parts.caption, parts.head, parts.body));
    return parts;
  }

  /** The texts into as many rows and cells as there are. */
  function fill(section, tag, rows) {
    fit(section, rows.length, () => scripts.dom.make("tr"));
    rows.forEach((texts, i) => {
      const row = section.children[i];
      fit(row, texts.length, () => scripts.dom.make(tag, tag === "th" ? { scope: "col" } : null));
      texts.forEach((text, k) => scripts.dom.text(row.children[k], text));
    });
  }

  function fit(parent, count, makeOne) {
    while (parent.childElementCount > count) parent.lastElementChild.remove();
    while (parent.childElementCount < count) parent.append(makeOne());
  }

  scripts.chartTable = { paint, sentence, view };
})();
