/* A scene as Plotly's figure. Pure: figure(scene, paints, base, size) -> {data, layout}. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const PANE = [0, 0.2];
  const OVER_PANE = [0.27, 1];
  /** What the legend takes above candles, in pixels, and on screens that are touched. */
  const LEGEND = 36;
  const LEGEND_TOUCHED = 48;

  function figure(scene, paints, base, size) {
    return { data: traces(scene, paints), layout: layout(scene, paints, base, size) };
  }

  function traces(scene, paints) {
    const main = { line: lineTrace, candles: candleTrace, equity: lineTrace }[scene.kind](scene, paints);
    if (scene.kind === "equity") return [main, drawdownTrace(scene.columns, paints)];
    const fills = ["buy", "sell"].map((side) => fillTrace(scene.groups[side], side, paints, Boolean(scene.told)));
    const lines = scene.lines.map((line, i) => indicatorTrace(line, paints.series[i % paints.series.length]));
    const alone = scene.alone && scene.alone.x.length ? [aloneTrace(scene.alone)] : [];
    const ring = scene.marked ? [ringTrace(scene.marked, paints)] : [];
    return [main, ...volumeTraces(scene.volume, paints), ...lines, ...fills, ...alone, ...ring];
  }

  const REACH = 20;
  const HOVER = { hovertemplate: "%{customdata}<extra></extra>" };

  function lineTrace(scene, paints) {
    const { x, y, customdata, text } = scene.columns;
    const dot = x.length === 1 ? { mode: "markers", marker: { color: paints.accent, size: 7 } } : { mode: "lines" };
    const name = scene.kind === "equity" ? "equity" : "price";
    return { x, y, customdata, text, hovertemplate: "%{text}<extra></extra>", type: "scatter", ...dot, name, line: { color: paints.accent, width: 2 } };
  }

  function candleTrace(scene, paints) {
    const { x, open, high, low, close } = scene.columns;
    const side = (colour) => ({ line: { color: colour, width: 1 }, fillcolor: colour });
    return {
      x, open, high, low, close, text: scene.told, hoverinfo: "text", type: "candlestick", name: "candles",
      increasing: side(paints.buy), decreasing: side(paints.sell),
    };
  }

  /** A triangle that stands off the fill: below it for a buy, above it for a sell; how many where they are too close to tell apart.
      Candles tell their fills themselves: a triangle would answer for every candle that is as near as it is wide. And it is of a
      candle's own colours: the outline tells it from them. */
  function fillTrace(groups, side, paints, isTold) {
    const isBuy = side === "buy";
    const { text, ...columns } = isTold ? places(groups) : { ...scripts.overlays.markers(groups), ...HOVER };
    const isCounted = text.some(Boolean);
    const count = isCounted && { text: text.map((word) => (word ? (isBuy ? "<br>" + word : word + "<br> ") : "")), textposition: isBuy ? "bottom center" : "top center" };
    return {
      ...columns, ...count, type: "scatter", mode: isCounted ? "markers+text" : "markers", name: side, cliponaxis: false,
      textfont: { color: paints[side], size: 11 },
      marker: {
        symbol: "triangle-up", angle: isBuy ? 0 : 180, standoff: 10, size: 13, color: paints[side],
        line: { color: isTold ? paints.text : paints.panel, width: 1.5 },
      },
    };
  }

  /** Where groups stand and how many they are, without the words, which take their time. */
  function places(groups) {
    const newest = groups.map((group) => group[group.length - 1]);
    const text = groups.map((group) => (group.length === 1 ? "" : String(group.length)));
    return { x: newest.map((one) => one.x), y: newest.map((one) => Number(one.trade.price)), text, hoverinfo: "skip" };
  }

  /** Fills that have no candle to tell them: their triangles are drawn already, this answers the pointer. */
  function aloneTrace({ x, y, customdata }) {
    return { x, y, customdata, ...HOVER, type: "scatter", mode: "markers", name: "alone", marker: { size: 13, opacity: 0 } };
  }

  /** The trade whose detail is open. */
  function ringTrace(columns, paints) {
    const marker = { symbol: "circle-open", size: 30, color: paints.accent, line: { width: 3 } };
    return { x: columns.x, y: columns.y, customdata: columns.customdata, hoverinfo: "skip", type: "scatter", mode: "markers", name: "marked", cliponaxis: false, marker };
  }

  function indicatorTrace(line, colour) {
    return {
      x: line.x, y: line.y, customdata: line.customdata, ...HOVER, type: "scatter", mode: "lines", name: scripts.overlays.plain(line.name),
      yaxis: line.pane === "own" ? "y3" : "y", line: { color: colour, width: 1.3 },
    };
  }

  function volumeTraces(volume, paints) {
    if (!volume) return [];
    const bars = ({ x, y }, name, colour) => ({
      x, y, type: "scatter", mode: "lines", name, yaxis: "y2", hoverinfo: "skip", fill: "tozeroy", fillcolor: colour,
      line: { width: 0 },
    });
    return [bars(volume.up, "volume up", paints["buy-soft"]), bars(volume.down, "volume down", paints["sell-soft"])];
  }

  function drawdownTrace({ x, drawdown }, paints) {
    return {
      x, y: drawdown, type: "scatter", mode: "lines", name: "drawdown", yaxis: "y3", hoverinfo: "skip", fill: "tozeroy",
      fillcolor: paints["sell-soft"], line: { color: paints.sell, width: 1 },
    };
  }

  /** Pixels within which a point answers the pointer: those of half a candle, for its neighbours answer for themselves. */
  const reachOf = ({ kind, step, x }, { width }) =>
    kind === "candles" ? Math.max(1, Math.floor((step * width) / scripts.reach.width(x) / 2)) : REACH;

  function layout(scene, paints, base, size) {
    const axis = { gridcolor: paints.grid, linecolor: paints.grid, tickfont: { color: paints.muted, size: 12 } };
    const [across, up] = size.isSmall ? [3, 6] : size.isNarrow ? [4, 6] : [7, 8];
    const room = Math.max(64, scene.last ? scene.last.text.length * 8 + 12 : 0);
    const top = scene.kind !== "candles" ? base.margin.t : size.isNarrow ? LEGEND_TOUCHED : LEGEND;
    const marks = marksFor(scene, paints, size);
    const fixed = { autorange: false, zeroline: false };
    const own = scene.kind === "equity" ? { nticks: size.isSmall ? 2 : 3, ticksuffix: " %" } : { nticks: 3 };
    const pane = scene.pane && { yaxis3: { ...base.yaxis, ...axis, ...fixed, anchor: "x", domain: PANE, range: scene.pane, ...own, fixedrange: true } };
    const over = scene.volume && { yaxis2: { ...fixed, overlaying: "y", range: [0, (scene.volume.most || 1) / (scripts.reach.VOLUME * 0.8)], visible: false, fixedrange: true } };
    return {
      ...base, ...pane, ...over, plot_bgcolor: paints.panel, margin: { ...base.margin, r: room, t: top }, dragmode: size.isCoarse ? false : "pan", hoverdistance: reachOf(scene, size), hoverlabel: label(paints),
      xaxis: { ...base.xaxis, ...axis, autorange: false, range: scene.x, ...moments(scene, across), anchor: scene.pane ? "y3" : "y", spikecolor: paints.muted },
      yaxis: { ...base.yaxis, ...axis, autorange: false, range: scene.y, ...figures(scene, up, size), domain: scene.pane ? OVER_PANE : [0, 1] },
      shapes: marks.map((mark) => mark.shape).filter(Boolean), annotations: marks.map((mark) => mark.annotation),
      font: { family: paints.font }, separators: scripts.format.separators(),
    };
  }

  /** The axis tells whole seconds: two moments of the same one would read alike. */
  const moments = ({ x }, most) => (scripts.reach.width(x) < most * 1000 ? { dtick: 1000 } : { nticks: most });

  /** How far from the middle of the newest figure's tag another figure would be half behind it, in pixels. */
  const TAG_REACH = 18;

  /** The axis' figures, worked out here: no finer than what is shown moves, no two the same, and none half behind the tag. */
  function figures(scene, most, size) {
    const { values, places } = scripts.reach.ticks(scene.y, most, scene.unit);
    const pixel = scripts.reach.width(scene.y) / heightOf(scene, size);
    const isBehind = (value) => hasTag(scene) && Math.abs(value - scene.last.value) < TAG_REACH * pixel;
    const ticktext = values.map((value) => (isBehind(value) ? "" : scripts.format.number(value, places)));
    return { tickmode: "array", tickvals: values, ticktext };
  }

  const hasTag = ({ last, y }) => Boolean(last) && last.value >= y[0] && last.value <= y[1];

  /** Pixels of the prices' own pane. */
  const heightOf = ({ pane }, { height }) => height * (pane ? 1 - OVER_PANE[0] : 1);

  const label = (paints) => ({ bgcolor: paints.panel, bordercolor: paints.line, font: { color: paints.text, size: 13 }, align: "left" });

  /** The position's lines, the newest figure, and at the edges the levels that are out of view. */
  function marksFor(scene, paints, size) {
    const tone = { entry: paints.muted, stop: paints.sell, target: paints.buy };
    const { near, above, below } = scene.levels;
    const bottom = scene.pane ? OVER_PANE[0] : 0;
    const words = (one) => (size.isSmall ? one.name : one.text);
    const marks = apart(near, scene, size).map(({ one, yshift }) => mark(one.value, words(one), tone[one.name], "dot", paints, { yshift }));
    const highestFirst = (a, b) => b.value - a.value;
    [...above].sort(highestFirst).forEach((one, i) => marks.push(edge("↑ " + words(one), tone[one.name], paints, { y: 1, yanchor: "top", yshift: -16 * i })));
    [...below].sort((a, b) => highestFirst(b, a)).forEach((one, i) => marks.push(edge("↓ " + words(one), tone[one.name], paints, { y: bottom, yanchor: "bottom", yshift: 16 * i })));
    if (scene.kind === "equity") marks.push(paneName("Drawdown", paints));
    const { last } = scene;
    if (hasTag(scene)) marks.push(mark(last.value, last.text, paints.accent, "dash", paints, null));
    return marks;
  }

  const WORDS_HIGH = 17;

  /** The levels from the lowest up, each with how far its words move so that all can be read: off those below, and under the edge. */
  function apart(levels, scene, size) {
    const whole = heightOf(scene, size);
    const own = (one) => ((one.value - scene.y[0]) * whole) / scripts.reach.width(scene.y);
    const sorted = [...levels].sort((a, b) => a.value - b.value);
    const places = sorted.reduce((at, one, i) => [...at, Math.max(own(one), i ? at[i - 1] + WORDS_HIGH : 0)], []);
    const under = (i) => whole - WORDS_HIGH * (sorted.length - i);
    return sorted.map((one, i) => ({ one, yshift: Math.min(places[i], under(i)) - own(one) }));
  }

  /** Words at an edge, where the newest prices run too: what is behind them shows through, and leaves them readable. */
  function edge(text, colour, paints, place) {
    const veil = { bgcolor: paints.panel + "cc", borderpad: 1 };
    const at = { xref: "paper", yref: "paper", x: 0.99, xanchor: "right", ...place };
    return { annotation: { ...at, ...veil, text, showarrow: false, font: { color: colour, size: 11 } } };
  }

  /** What the second pane shows, said in the gap above it. */
  function paneName(text, paints) {
    const font = { color: paints.muted, size: 11 };
    return { annotation: { xref: "paper", yref: "paper", x: 0, xanchor: "left", y: PANE[1], yanchor: "bottom", borderpad: 0, text, showarrow: false, font } };
  }

  /** A line across with its words: at its left in the picture, `inside` {yshift}; else at the axis. */
  function mark(value, text, colour, dash, paints, inside) {
    const line = { color: colour, width: 1, dash };
    const shape = { type: "line", xref: "paper", x0: 0, x1: 1, yref: "y", y0: value, y1: value, line, layer: "below" };
    const place = inside
      ? { ...inside, x: 0, xanchor: "left", yanchor: "bottom", bgcolor: paints.panel, borderpad: 1, font: { color: colour, size: 11 } }
      : { x: 1, xanchor: "left", yanchor: "middle", bgcolor: colour, borderpad: 3, font: { color: paints["on-accent"], size: 12 } };
    return { shape, annotation: { xref: "paper", yref: "y", y: value, text, showarrow: false, ...place } };
  }

  scripts.figure = { figure };
})();
