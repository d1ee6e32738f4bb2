/* The account's worth over time and how far it is below its highest point. Pure; a series is [[ts, "10000.12"], ...], oldest first. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const LIMIT = 1500;
  const EVERY_MS = 1000;

  const newestTs = (series) => (series.length ? series[series.length - 1][0] : 0);

  /** The series with a heartbeat's figure; the same object where it tells nothing new. */
  function add(series, beat) {
    if (!beat || beat.equity === undefined || beat.equity === null || beat.ts < newestTs(series) + EVERY_MS) return series;
    return thin([...series, [beat.ts, String(beat.equity)]]);
  }

  /** What the relay knows, and what the page heard after that. */
  function join(known, heard) {
    const from = newestTs(known);
    return thin([...known, ...heard.filter(([ts]) => ts > from)]);
  }

  /** Over the limit the older half keeps every second point. */
  function thin(series) {
    if (series.length <= LIMIT) return series;
    const half = series.length >> 1;
    return [...series.slice(0, half).filter((_, i) => i % 2 === 0), ...series.slice(half)];
  }

  /** Percent below the highest point so far, at each point: 0 or less. */
  function drawdown(series) {
    let peak = -Infinity;
    return series.map(([, text]) => {
      const value = Number(text);
      peak = Math.max(peak, value);
      return peak > 0 ? (value / peak - 1) * 100 : 0;
    });
  }

  /** Plotly's columns: {x, y, drawdown, text}. */
  function columns(series, unit) {
    const { money, percent } = scripts.format;
    const below = drawdown(series);
    const words = ([, text], i) => "Equity " + money(text, unit) + (unit ? " " + unit : "") + "<br>Drawdown " + percent(below[i]);
    return {
      x: series.map(([ts]) => scripts.points.local(ts)), y: series.map(([, text]) => Number(text)), drawdown: below,
      text: series.map(words),
    };
  }

  scripts.equity = { LIMIT, add, columns, drawdown, join };
})();
