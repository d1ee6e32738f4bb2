/* The price chart. Plotly draws it; this file owns it from the first price on, gathers changes, and draws in one call, at most
   5 times a second, less often where a drawing takes long, and never while nobody looks. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const REDRAW_MS = 200;
  const SHARE = 25;
  const MODES = { line: "Line", candles: "Candles" };
  const cell = { mode: "line", wanted: null, timer: null, nextAt: 0, base: null, isWired: false, draws: 0 };

  /** Draw soon. */
  function paint(chart, trades, status) {
    cell.wanted = { chart, trades, status };
    scripts.dom.hide("chart-empty", Boolean(chart && (chart.points.length || chart.candles.length)));
    schedule();
  }

  function schedule() {
    if (cell.timer !== null || document.hidden) return;
    cell.timer = setTimeout(draw, Math.max(0, cell.nextAt - performance.now()));
  }

  /** The element that Plotly draws in, once Plotly and its first figure are there. */
  function canvas() {
    const holder = scripts.dom.get("price-chart");
    const element = holder && holder.querySelector(".js-plotly-plot");
    return element && element._fullLayout && window.Plotly ? element : null;
  }

  function draw() {
    const began = performance.now();
    cell.timer = null;
    const element = canvas();
    if (!element) return void (cell.timer = setTimeout(draw, REDRAW_MS));
    if (!cell.isWired) wire(element);
    const { chart } = cell.wanted;
    if (!(chart.points.length || chart.candles.length)) return;
    const seen = figure(cell.wanted, cell.mode, colours(), cell.base);
    cell.draws += 1;
    window.Plotly.react(element, seen.data, seen.layout);
    const now = performance.now();
    cell.nextAt = now + Math.min(1000, Math.max(REDRAW_MS, (now - began) * SHARE));
    summarise(chart);
  }

  function wire(element) {
    cell.isWired = true;
    cell.base = element.layout;
    document.addEventListener("visibilitychange", schedule);
    window.addEventListener("resize", schedule);
    element.on("plotly_relayout", () => scripts.dom.hide("chart-live", !isZoomed(element)));
    scripts.dom.get("chart-live").addEventListener("click", () => goLive(element));
    cell.press = scripts.dom.chips(scripts.dom.get("chart-modes"), MODES, setMode);
    window.matchMedia("(prefers-color-scheme: light)").addEventListener("change", recolour);
  }

  const isZoomed = (element) => element.layout.xaxis.autorange === false || element.layout.yaxis.autorange === false;

  function goLive(element) {
    scripts.dom.hide("chart-live", true);
    window.Plotly.relayout(element, { "xaxis.autorange": true, "yaxis.autorange": true });
  }

  function setMode(mode) {
    cell.mode = mode;
    cell.press(mode);
    scripts.dom.hide("chart-live", true);
    schedule();
  }

  const toggle = () => setMode(cell.mode === "line" ? "candles" : "line");

  /** The theme changed: the same figure in other colours. */
  function recolour() {
    cell.colours = null;
    if (cell.wanted) schedule();
  }

  function colours() {
    if (!cell.colours) {
      const style = getComputedStyle(document.documentElement);
      const names = ["accent", "buy", "grid", "line", "muted", "on-accent", "panel", "sell", "text"];
      cell.colours = Object.fromEntries(names.map((name) => [name, style.getPropertyValue("--" + name).trim()]));
      cell.colours.font = getComputedStyle(document.body).fontFamily;
    }
    return cell.colours;
  }

  // The figure, pure.

  function figure({ chart, trades, status }, mode, paints, base) {
    const isLine = mode === "line" || !chart.candles.length;
    const main = isLine ? lineTrace(chart, paints) : candleTrace(chart, paints);
    const from = main.x.length ? main.x[0] : 0;
    const list = (trades && trades.list) || [];
    const markers = ["buy", "sell"].map((side) => fillTrace(scripts.points.fills(list, side, chart.bot, from), side, paints));
    const marks = marksFor(main, chart, status && status.status, paints);
    return { data: [main, ...markers], layout: layout(marks, chart, isLine, paints, base) };
  }

  function lineTrace(chart, paints) {
    return {
      ...scripts.points.line(chart.points), type: "scatter", mode: "lines", name: "price", hovertemplate: "%{customdata}<extra></extra>",
      line: { color: paints.accent, width: 2 }, hoverlabel: label(paints),
    };
  }

  function candleTrace(chart, paints) {
    const { customdata, ...columns } = scripts.points.candles(chart.candles);
    const side = (colour) => ({ line: { color: colour, width: 1 }, fillcolor: colour });
    return {
      ...columns, text: customdata, hoverinfo: "text", type: "candlestick", name: "candles", hoverlabel: label(paints),
      increasing: side(paints.buy), decreasing: side(paints.sell),
    };
  }

  /** A triangle that stands off the fill: below it for a buy, above it for a sell. */
  function fillTrace(points, side, paints) {
    const isBuy = side === "buy";
    return {
      ...points, type: "scatter", mode: "markers", name: side, hovertemplate: "%{customdata}<extra></extra>", hoverlabel: label(paints),
      cliponaxis: false,
      marker: {
        symbol: "triangle-up", angle: isBuy ? 0 : 180, standoff: 10, size: 13, color: paints[side],
        line: { color: paints.panel, width: 1.5 },
      },
    };
  }

  const label = (paints) => ({ bgcolor: paints.panel, bordercolor: paints.line, font: { color: paints.text, size: 13 }, align: "left" });

  function layout(marks, chart, isLine, paints, base) {
    const axis = { gridcolor: paints.grid, linecolor: paints.grid, tickfont: { color: paints.muted, size: 12 } };
    const [across, up] = isSmall() ? [3, 6] : isNarrow() ? [4, 6] : [7, 8];
    return {
      ...base, margin: { ...base.margin, r: roomFor(chart) }, uirevision: (isLine ? "line " : "candles ") + chart.bot, dragmode: isCoarse() ? false : "pan",
      xaxis: { ...base.xaxis, ...axis, nticks: across }, yaxis: { ...base.yaxis, ...axis, nticks: up },
      shapes: marks.map((mark) => mark.shape).filter(Boolean), annotations: marks.map((mark) => mark.annotation),
      font: { family: paints.font }, separators: scripts.format.separators(),
    };
  }

  /** Pixels for the price axis: as wide as the newest price is long. */
  function roomFor(chart) {
    const last = chart.points[chart.points.length - 1];
    return Math.max(64, last ? scripts.format.price(last.text).length * 8 + 12 : 0);
  }

  const isNarrow = () => window.innerWidth < 900;
  const isSmall = () => window.innerWidth < 600;
  const isCoarse = () => window.matchMedia("(pointer: coarse)").matches;

  /** The position's lines, the newest price, and at the edges the levels that are too far away to draw. */
  function marksFor(main, chart, status, paints) {
    const { extent, levels, sortLevels } = scripts.points;
    const tone = { entry: paints.muted, stop: paints.sell, target: paints.buy };
    const { near, above, below } = sortLevels(levels(status), extent(main));
    const marks = near.map((one) => mark(one.value, one.text, tone[one.name], "dot", paints, true));
    const words = (one) => (isSmall() ? one.name : one.text);
    above.forEach((one, i) => marks.push(edge("↑ " + words(one), tone[one.name], 1, -16 * i)));
    below.forEach((one, i) => marks.push(edge("↓ " + words(one), tone[one.name], 0, 16 * i)));
    const last = chart.points[chart.points.length - 1];
    if (last) marks.push(mark(Number(last.text), scripts.format.price(last.text), paints.accent, "dash", paints, false));
    return marks;
  }

  function edge(text, colour, y, yshift) {
    const place = { xref: "paper", yref: "paper", x: 0.99, y, xanchor: "right", yanchor: y === 1 ? "top" : "bottom", yshift };
    return { annotation: { ...place, text, showarrow: false, font: { color: colour, size: 11 } } };
  }

  function mark(value, text, colour, dash, paints, isInside) {
    const line = { color: colour, width: 1, dash };
    const shape = { type: "line", xref: "paper", x0: 0, x1: 1, yref: "y", y0: value, y1: value, line, layer: "below" };
    const place = isInside
      ? { x: 0, xanchor: "left", yanchor: "bottom", font: { color: colour, size: 11 } }
      : { x: 1, xanchor: "left", yanchor: "middle", bgcolor: colour, borderpad: 3, font: { color: paints["on-accent"], size: 12 } };
    return { shape, annotation: { xref: "paper", yref: "y", y: value, text, showarrow: false, ...place } };
  }

  /** The chart in one sentence, for those who cannot see it. */
  function summarise(chart) {
    const shown = scripts.points.lastPoints(chart.points);
    if (!shown.length || performance.now() - (cell.saidAt || -1e9) < 10000) return;
    cell.saidAt = performance.now();
    const prices = shown.map((point) => point.text).sort(scripts.format.compare);
    const { price, time } = scripts.format;
    const last = shown[shown.length - 1];
    const words = ["from", time(shown[0].ts), "to", time(last.ts), "between", price(prices[0]), "and", price(prices[prices.length - 1])];
    scripts.dom.text("chart-summary", "Price " + words.join(" ") + ", now " + price(last.text) + ".");
  }

  scripts.chart = { cell, figure, paint, recolour, toggle };
})();
