/* What is to be seen in the chart, before anything of Plotly's: scene(state, size) -> columns, ranges, overlays. Pure.

   state: {view, range, y, fitted, isWide, points, book, equity, fills, marked, status, indicators, hasVolume, bot}
   size:  {width, height, isSmall}: the plot's pixels */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const CANDLES_SHOWN = 120;
  const CANDLES_SMALL = 60;

  const kindOf = (view) => (view === "line" || view === "equity" ? view : "candles");

  function scene(state, size) {
    const kind = kindOf(state.view);
    const main = MAIN[kind](state, size);
    if (!main) return null;
    const extra = kind === "candles" ? candleExtras(state, main) : kind === "equity" ? equityExtras(main) : EMPTY;
    const levels = kind === "equity" ? [] : scripts.points.levels(state.status);
    const unit = unitIn(kind, state);
    const y = heights(state, main, levels, Boolean(extra.volume), unit);
    const fills = kind === "equity" ? NO_FILLS : fillsOf(state, main, y, size);
    return { kind, ...main, ...extra, ...fills, y, unit, levels: sortLevels(levels, y), last: lastOf(kind, state) };
  }

  /** The least by which what is shown moves, by its newest hundred. */
  function unitIn(kind, state) {
    if (kind === "equity") return 10 ** -scripts.format.decimals(unitOf(state));
    const closes = kind === "candles" ? state.book.candles.slice(-scripts.points.SHOWN).map((candle) => candle.close) : [];
    return scripts.points.unit([...closes, ...state.points.slice(-scripts.points.SHOWN).map((point) => point.text)]);
  }

  const EMPTY = { volume: null, lines: [], pane: null };
  const NO_FILLS = { groups: { buy: [], sell: [] }, marked: null };
  const MAIN = { line: lineMain, candles: candleMain, equity: equityMain };
  const same = (ts) => scripts.points.local(ts);

  /** As far again on either side as the reader may drag before the next drawing. */
  const around = (state, x) => (state.isWide ? [x[0] - scripts.reach.width(x), x[1] + scripts.reach.width(x)] : x);

  function lineMain(state) {
    if (!state.points.length) return null;
    const shown = scripts.points.line(state.points);
    const x = state.range || scripts.reach.live(shown.x, shown.x.length, 0);
    const isPlain = !state.range && !state.isWide;
    return { columns: isPlain ? shown : scripts.points.line(state.points, around(state, x)), x, step: 0, snap: same, extent: ends(state.points) };
  }

  const ends = (points) => [same(points[0].ts), same(points[points.length - 1].ts)];

  function candleMain(state, size) {
    const { candles, timeframe } = state.book || { candles: [] };
    if (!candles.length) return null;
    const step = scripts.candles.sizeOf(timeframe) || 604800000;
    const xs = candles.map((candle) => same(candle.ts));
    const x = state.range || scripts.reach.live(xs, size.isSmall ? CANDLES_SMALL : CANDLES_SHOWN, step);
    const [first, end] = scripts.reach.indexes(xs, around(state, x));
    const snap = (ts) => same(scripts.candles.bucketOf(ts, step));
    return { columns: scripts.candles.columns(candles.slice(first, end)), x, step, snap, extent: [xs[0], xs[xs.length - 1]] };
  }

  const unitOf = ({ status }) => ((status || {}).balances || {}).quote_currency;

  function equityMain(state) {
    if (!state.equity.length) return null;
    const columns = scripts.equity.columns(state.equity, unitOf(state));
    const x = state.range || scripts.reach.live(columns.x, columns.x.length, 0);
    return { columns, x, step: 0, snap: same, extent: [columns.x[0], columns.x[columns.x.length - 1]] };
  }

  function candleExtras(state, main) {
    const lines = state.indicators ? scripts.overlays.lines(state.indicators, around(state, main.x)) : [];
    const own = lines.filter((line) => line.pane === "own");
    return {
      volume: state.hasVolume ? scripts.overlays.volume(main.columns, main.step) : null,
      lines, pane: own.length ? paneRange(own) : null,
    };
  }

  /** The second pane's range: the one that its lines name, else what they need. */
  function paneRange(lines) {
    const named = lines.find((line) => line.range);
    if (named) return named.range.map(Number);
    const values = lines.flatMap((line) => line.y);
    return values.length ? scripts.reach.fit(Math.min(...values), Math.max(...values)) : [0, 1];
  }

  function equityExtras(main) {
    const deepest = Math.min(-0.1, ...main.columns.drawdown);
    return { volume: null, lines: [], pane: [deepest * 1.15, 0] };
  }

  /** The range of prices: the reader's, else what is in view and the levels near it need. */
  function heights(state, main, levels, hasVolume, unit) {
    if (state.range && state.y) return state.y;
    const seen = extentIn(main.columns, main.x);
    if (!seen) return state.fitted || [0, 1];
    const { near } = scripts.points.sortLevels(levels, seen);
    const all = [...seen, ...near.map((one) => one.value)];
    return scripts.reach.fit(Math.min(...all), Math.max(...all), state.range ? null : state.fitted, hasVolume, unit);
  }

  function extentIn(columns, x) {
    const [first, end] = scripts.reach.indexes(columns.x, x);
    const cut = (list) => list.slice(first, end);
    const part = columns.low ? { low: cut(columns.low), high: cut(columns.high) } : { y: cut(columns.y) };
    return (part.low || part.y).length ? scripts.points.extent(part) : null;
  }

  function fillsOf(state, main, y, size) {
    const { markers, thin, visible } = scripts.overlays;
    const shown = visible(state.fills, around(state, main.x), main.snap);
    const place = { x: size.width / scripts.reach.width(main.x), y: size.height / scripts.reach.width(y) };
    const groups = { buy: thin(shown, "buy", place), sell: thin(shown, "sell", place) };
    const marked = state.marked && markers([[{ x: main.snap(state.marked.ts), trade: state.marked }]]);
    return { groups, marked: marked || null, ...(main.columns.low ? told(main.columns, shown) : null) };
  }

  /** `told`: what the hover box says of each candle, its figures and its own fills, for a neighbour's would be a claim that is not
      true. `alone`: the fills that have no candle. */
  function told({ x, text }, shown) {
    const places = new Map(x.map((at, i) => [at, i]));
    const sides = { buy: [], sell: [] };
    const alone = [];
    for (const one of shown) {
      const i = places.get(one.x);
      if (i === undefined) alone.push([one]);
      else if (sides[one.trade.side]) (sides[one.trade.side][i] ||= []).push(one);
    }
    const words = [...text];
    for (const groups of Object.values(sides)) tell(words, groups);
    return { told: words, alone: scripts.overlays.markers(alone) };
  }

  /** Adds to the words of candles those of their fills; `groups` has a gap for each candle without. */
  function tell(words, groups) {
    const known = Object.keys(groups);
    scripts.overlays.markers(known.map((i) => groups[i])).customdata.forEach((why, n) => (words[known[n]] += "<br>" + why));
  }

  /** Levels inside of the range, and those above and below it. */
  function sortLevels(levels, [from, to]) {
    return {
      near: levels.filter((one) => one.value >= from && one.value <= to),
      above: levels.filter((one) => one.value > to),
      below: levels.filter((one) => one.value < from),
    };
  }

  /** The newest figure, for the label at the axis: {value, text}. */
  function lastOf(kind, state) {
    const { money, price } = scripts.format;
    const list = kind === "equity" ? state.equity : state.points;
    const newest = list[list.length - 1];
    if (!newest) return null;
    return kind === "equity" ? { value: Number(newest[1]), text: money(newest[1], unitOf(state)) } : { value: Number(newest.text), text: price(newest.text) };
  }

  scripts.scene = { kindOf, scene };
})();
