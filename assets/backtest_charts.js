/* The charts of a backtest. This file owns the figure; it is drawn when it is shown, once Plotly has come, and taken down
   when it is not. Times are UTC, as the days that were asked for are. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const WAIT_MS = 200;
  const NAMES = ["accent", "buy", "chart-fill", "grid", "line", "muted", "panel", "sell", "sell-soft", "text"];
  const cell = { element: null, shown: null, timer: null };

  // The figures, pure.

  const escaped = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");

  /** Words for a hover, in lines that a phone can show. */
  function wrapped(text) {
    const lines = [""];
    for (const word of String(text).split(/\s+/)) {
      if ((lines[lines.length - 1] + " " + word).length > 44) lines.push(word);
      else lines[lines.length - 1] = (lines[lines.length - 1] + " " + word).trim();
    }
    return lines.map(escaped).join("<br>");
  }

  const line = (points, name, colour, places, extra) => ({
    type: "scatter", mode: "lines", name, x: points.x, y: points.y, line: { color: colour, width: 1.5 },
    hovertemplate: "%{y:,." + places + "f}<br>%{x|%Y-%m-%d %H:%M}<extra>" + name + "</extra>", ...extra,
  });

  /** Equity beside holding, and the falls below. */
  function equity(result, paints) {
    const { charts } = result;
    const places = scripts.format.decimals(result.quote_currency);
    return [
      line(charts.equity, "Strategy", paints.accent, places), line(charts.hold, "Buy and hold", paints.muted, places),
      line(charts.drawdown, "Drawdown", paints.sell, 2, {
        yaxis: "y2", fill: "tozeroy", fillcolor: paints["sell-soft"], showlegend: false, hovertemplate: "%{y:.2f} %<br>%{x|%Y-%m-%d %H:%M}<extra>Drawdown</extra>",
      }),
    ];
  }

  function hover(trade, currency) {
    const { format } = scripts;
    const head = (trade.side === "buy" ? "▲ BUY " : "▼ SELL ") + format.amount(trade.amount) + " at " + format.price(trade.price);
    const pnl = trade.pnl == null ? [] : ["P&L " + (format.sign(trade.pnl) > 0 ? "+" : "") + format.money(trade.pnl, currency) + " " + currency];
    return [head, ...pnl].map(escaped).concat(wrapped(trade.reason)).join("<br>");
  }

  function fills(result, side, paints) {
    const shown = result.charts.trades.filter((trade) => trade.side === side);
    return {
      type: "scatter", mode: "markers", name: side === "buy" ? "Buy" : "Sell", x: shown.map((trade) => trade.ts), y: shown.map((trade) => Number(trade.price)),
      text: shown.map((trade) => hover(trade, result.quote_currency)), hovertemplate: "%{text}<extra></extra>",
      marker: { symbol: side === "buy" ? "triangle-up" : "triangle-down", size: 10, color: paints[side], line: { color: paints.panel, width: 1 } },
    };
  }

  /** The candles with what was bought and sold. */
  function price(result, paints) {
    const side = (colour) => ({ line: { color: colour, width: 1 }, fillcolor: colour });
    const candles = { type: "candlestick", name: "Price", showlegend: false, ...result.charts.candles, increasing: side(paints.buy), decreasing: side(paints.sell) };
    return [candles, fills(result, "buy", paints), fills(result, "sell", paints)];
  }

  /** From a little below the deepest fall up to nothing: there is no fall above it. */
  const fallRange = (falls) => [falls.reduce((least, one) => Math.min(least, one), -0.1) * 1.15, 0];

  function layout(kind, result, paints, isSmall) {
    const axis = { gridcolor: paints.grid, linecolor: paints.grid, zeroline: false, tickfont: { color: paints.muted, size: 12 } };
    const up = { ...axis, side: "right", nticks: isSmall ? 5 : 7, exponentformat: "none", separatethousands: true };
    const both = { yaxis: { ...up, domain: [0.32, 1] }, yaxis2: { ...up, domain: [0, 0.26], range: fallRange(result.charts.drawdown.y), nticks: 4, ticksuffix: " %" } };
    return {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: paints.font, color: paints.text },
      margin: { l: 0, r: 64, t: 32, b: 44 }, legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: paints.muted, size: 12 } },
      hoverlabel: { bgcolor: paints.panel, bordercolor: paints.line, font: { color: paints.text, size: 13 }, align: "left" }, hovermode: "closest",
      xaxis: { ...axis, type: "date", anchor: kind === "equity" ? "y2" : "y", rangeslider: { visible: false }, nticks: isSmall ? 3 : 7, tickangle: 0 },
      ...(kind === "equity" ? both : { yaxis: up }),
    };
  }

  const KINDS = { equity, price };

  /** {data, layout} of a kind of chart. */
  const figure = (kind, result, paints, isSmall) => ({ data: KINDS[kind](result, paints), layout: layout(kind, result, paints, isSmall) });

  /** The chart in a sentence, for those who cannot see it. */
  function summary(kind, result) {
    const { charts } = result;
    const { quote_currency: currency } = result;
    const sum = (value) => scripts.format.money(value, currency);
    const last = (points) => points.y[points.y.length - 1];
    if (kind === "price") return "Price with " + charts.trades.length + " fills" + (charts.trades_left_out ? ", the newest; " + charts.trades_left_out + " older ones are in the report" : "") + ".";
    return "Equity from " + sum(charts.equity.y[0]) + " to " + sum(last(charts.equity)) + " " + currency + "; holding ended at " + sum(last(charts.hold)) + ".";
  }

  // Drawing.

  function paints() {
    const style = getComputedStyle(document.documentElement);
    return { ...Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue("--" + name).trim()])), font: getComputedStyle(document.body).fontFamily };
  }

  /** Show that kind of chart of that result in the element; what was shown there goes. */
  function show(element, kind, result) {
    hide();
    Object.assign(cell, { element, shown: { kind, result } });
    draw();
  }

  function draw() {
    clearTimeout(cell.timer);
    if (!cell.shown) return;
    if (!window.Plotly) return void (cell.timer = setTimeout(draw, WAIT_MS));
    const { kind, result } = cell.shown;
    const seen = figure(kind, result, paints(), window.innerWidth < 600);
    const isCoarse = window.matchMedia("(pointer: coarse)").matches;
    cell.element.replaceChildren();
    window.Plotly.newPlot(cell.element, seen.data, { ...seen.layout, dragmode: isCoarse ? false : "pan" }, { displayModeBar: false, displaylogo: false, showSendToCloud: false, responsive: true, scrollZoom: false });
  }

  function hide() {
    clearTimeout(cell.timer);
    if (cell.element && cell.element.data && window.Plotly) window.Plotly.purge(cell.element);
    cell.shown = null;
  }

  /** The theme changed. */
  const recolour = () => cell.shown && draw();

  scripts.backtest_charts = { figure, hide, recolour, show, summary };
})();
