/* What came of a backtest: its figures beside the live bot's and beside holding, and the months as a table. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

  const HEAD = ["", "Backtest", "This bot", "Buy and hold"];
  const TONED = 2;

  const share = (value) => (value == null ? null : value * 100);
  const fall = (value) => (value == null ? scripts.format.NONE : scripts.format.percent(-Math.abs(value)));

  /** [name, how a statistic is read and written, the same of holding]; money is in `unit`. */
  const figures = (unit) => {
    const { format } = scripts;
    return [
      ["Return", (s) => format.signedPercent(s.return_pct), (hold) => format.signedPercent(hold.return_pct)],
      ["Realised P&L", (s) => format.signedMoney(s.realized_pnl, unit)],
      ["Round trips", (s) => (s.trades == null ? format.NONE : format.number(s.trades, 0))],
      ["Win rate", (s) => format.percent(share(s.win_rate), 1)],
      ["Profit factor", (s) => format.number(s.profit_factor)],
      ["Expectancy", (s) => format.signedMoney(s.expectancy, unit)],
      ["Sharpe", (s) => format.number(s.sharpe), (hold) => format.number(hold.sharpe)],
      ["Deepest drawdown", (s) => fall(s.max_drawdown_pct), (hold) => fall(hold.max_drawdown_pct)],
      ["Exposure", (s) => format.percent(s.exposure_pct, 1)],
      ["Fees", (s) => format.money(s.fees, unit)],
    ];
  };

  /** Rows [name, this backtest, the bot that is shown, buy and hold], all as text; a dash where a figure would say nothing. That bot's
      money is in `unit`. */
  function compared(result, live, unit) {
    const ofLive = figures(unit);
    return figures(result.quote_currency).map(([name, own, ofHold], i) => [
      name, own(result.stats), live ? ofLive[i][1](live) : scripts.format.NONE, ofHold ? ofHold(result.hold) : scripts.format.NONE,
    ]);
  }

  /** What stands in the bot's column, in a sentence: its money is its own market's. */
  function liveNote({ stats, status }) {
    if (!status || !stats) return "This bot has not told its figures yet.";
    const since = stats.started_ts ? ", counted since " + scripts.backtest_data.day(stats.started_ts) : "";
    return "This bot is " + status.strategy + " on " + status.symbol + ", " + status.mode + since + ".";
  }

  /** The months: [{year, cells: [{text, tone}]}], the last cell being the year's. */
  function months(result) {
    const { format } = scripts;
    const one = (value) => ({ text: value == null ? format.NONE : format.signedPercent(value).replace(/\s*%$/, ""), tone: value == null ? 0 : Math.sign(Math.round(value * 100)) });
    return result.months.map((row) => ({ year: String(row.year), cells: [...row.months, row.whole].map(one) }));
  }

  /** What was run, in two lines. */
  function about(result) {
    const { day } = scripts.backtest_data;
    const candles = scripts.format.number(result.candles, 0) + " candles of " + result.timeframe;
    return [candles + ", " + day(result.from_ts) + " to " + day(result.to_ts), scripts.backtest_runs.paramsText(result.params)];
  }

  /** The two lines of `.env` that make a bot start with this. */
  const settings = (result) =>
    "TAPEDECK_STRATEGY=" + result.strategy + "\nTAPEDECK_STRATEGY_PARAMS='" + JSON.stringify(result.params).replace(/'/g, "\\u0027") + "'";

  function table(caption, head, rows, tones) {
    const { make, tone } = scripts.dom;
    const cells = (row, r) => row.map((text, c) => {
      const cell = make(c ? "td" : "th", { scope: c ? null : "row", class: c ? "figure" : null }, text);
      if (tones && c) tone(cell, tones(r, c));
      return cell;
    });
    const titles = head.map((text, c) => make(c ? "th" : "td", { scope: c ? "col" : null, class: c ? "figure" : null }, text));
    return make("table", { class: "figures" }, make("caption", { class: "sr-only" }, caption),
      make("thead", null, make("tr", null, ...titles)), make("tbody", null, ...rows.map((row, r) => make("tr", null, ...cells(row, r)))));
  }

  const framed = (element, name) => scripts.dom.make("div", { class: "table-frame", tabindex: 0, role: "region", "aria-label": name }, element);

  /** A figure of the first rows has its sign's colour. */
  const toneOf = (text) => (text.startsWith("+") ? 1 : text.startsWith("−") ? -1 : 0);

  function comparison(result, live) {
    const { balances } = live.status || {};
    const rows = compared(result, live.stats, balances && balances.quote_currency);
    const tones = (r, c) => (r < TONED ? toneOf(rows[r][c]) : 0);
    return framed(table("Figures of the backtest, the live bot and holding", HEAD, rows, tones), "Figures");
  }

  function monthTable(result) {
    const rows = months(result);
    const texts = rows.map((row) => [row.year, ...row.cells.map((cell) => cell.text)]);
    return framed(table("Return by month, in percent", ["", ...MONTHS, "Year"], texts, (r, c) => rows[r].cells[c - 1].tone), "Return by month");
  }

  /** Names and values under each other. */
  function pairs(rows) {
    const { make } = scripts.dom;
    return make("dl", { class: "pairs" }, ...rows.map(([name, value]) => make("div", { class: "pair" }, make("dt", { class: "pair-name" }, name), make("dd", null, value))));
  }

  const noted = (title, texts) => {
    const { make } = scripts.dom;
    return texts.length ? make("div", { class: "why-block", role: "note" }, make("h4", null, title), ...texts.map((text) => make("p", null, text))) : null;
  };

  const faults = (result) => noted("Something went wrong on the way", result.faults.slice(0, 3));

  /** What was refused or skipped, by its kind: how often, and what was said the first time. */
  const skipped = (result) =>
    noted("Refused or skipped", (result.warnings || []).map(({ title, count, example }) => title + ", " + (count === 1 ? "once" : scripts.format.count(count) + " times, first") + ": " + example));

  scripts.backtest_result = { about, compared, comparison, faults, liveNote, monthTable, months, pairs, settings, skipped };
})();
