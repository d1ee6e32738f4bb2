/* The chart panel. Plotly draws it; this file owns it from the first price on, keeps what is to be drawn up to date, and draws in
   one call, at most 5 times a second, less often where a drawing takes long, and never while nobody looks.

   What is seen is worked out by pure files: candles, equity, overlays (the data), reach (ranges), scene and figure. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const REDRAW_MS = 200;
  const SHARE = 25;
  const FETCHED = 500;
  /** A page opens with so many trades at most, those of all bots together: where it has fewer, there are no others. */
  const OPENED_WITH = 500;
  const cell = {
    view: "line", timeframe: null, wanted: null, timer: null, nextAt: 0, base: null, isWired: false, draws: 0, isHeld: false, isStarted: false,
    book: null, equity: [], fills: null, indicators: null, range: null, y: null, fitted: null, marked: null, left: null, scene: null,
  };

  /** Take what is new; draw soon. */
  function paint(chart, trades, status) {
    start();
    if (cell.wanted && cell.wanted.chart.bot !== chart.bot) forget();
    cell.wanted = { chart, trades, status };
    if (trades) cell.fills = scripts.overlays.gather(cell.fills, trades, chart.bot);
    cell.equity = scripts.equity.add(cell.equity, status && status.beat);
    scripts.chartTools.offer(ownTimeframe());
    refresh();
  }

  /** Something came that did not come over the line. */
  function refresh() {
    if (!cell.wanted) return;
    if (isMarked() && !cell.left) lookAt(cell.marked);
    keepBook();
    schedule();
  }

  function start() {
    if (cell.isStarted) return;
    cell.isStarted = true;
    cell.view = scripts.choices.recall("chart-view", "line");
    cell.timeframe = scripts.choices.recall("chart-timeframe", "") || null;
    scripts.chartTools.start({ pick, change: touch });
    scripts.chartTools.press(cell.view);
    document.addEventListener("visibilitychange", schedule);
    window.addEventListener("resize", schedule);
    window.matchMedia("(prefers-color-scheme: light)").addEventListener("change", recolour);
  }

  /** Another bot: nothing of the one before is kept. */
  function forget() {
    Object.assign(cell, { book: null, equity: [], fills: null, indicators: null, fitted: null, left: null });
    goLive();
  }

  // What is drawn, kept up to date.

  const statusNow = () => (cell.wanted && cell.wanted.status && cell.wanted.status.status) || null;

  function ownTimeframe() {
    const { candles } = cell.wanted.chart;
    return candles.length ? candles[candles.length - 1].timeframe : (statusNow() || {}).timeframe || null;
  }

  /** The timeframe of the candles in view, or null. */
  const shownTimeframe = () => (scripts.scene.kindOf(cell.view) === "candles" ? cell.view : null);

  function keepBook() {
    const { candles: own, points } = cell.wanted.chart;
    const timeframe = shownTimeframe();
    if (!timeframe) return;
    const isOther = !cell.book || cell.book.timeframe !== timeframe;
    if (isOther || scripts.candles.isPast(cell.book, points)) {
      cell.book = scripts.candles.start(timeframe, own, points);
      cell.turn = (cell.turn || 0) + 1;
    } else {
      cell.book = scripts.candles.advance(cell.book, own, points);
    }
    askCandles(timeframe);
  }

  const keyOf = (...parts) => [cell.wanted.chart.bot, cell.wanted.chart.visit, ...parts].join(" ");
  const queryOf = (more) => ({ ...(cell.wanted.chart.bot ? { bot_id: cell.wanted.chart.bot } : {}), ...more });

  function askCandles(timeframe) {
    scripts.chartData.want("candles", keyOf(timeframe, cell.turn), queryOf({ timeframe, limit: FETCHED }), (body) => {
      if (cell.book.timeframe === timeframe) cell.book = scripts.candles.join(cell.book, body.candles);
    });
  }

  /** What the view needs besides the candles. */
  function ask() {
    const kind = scripts.scene.kindOf(cell.view);
    const { want } = scripts.chartData;
    if (kind === "equity") want("equity", keyOf(), queryOf({ limit: 1000 }), (body) => (cell.equity = scripts.equity.join(body.equity, cell.equity)));
    if (kind !== "equity") askOlderFills(kind);
    if (kind === "candles" && hasIndicators()) want("indicators", keyOf(lastClosed()), queryOf({ limit: FETCHED }), (body) => (cell.indicators = body));
  }

  /** The strategy sees candles of one timeframe; on others its lines would be of other candles than those drawn. */
  const hasIndicators = () => scripts.chartTools.isOn("indicators") && shownTimeframe() === ownTimeframe();

  function lastClosed() {
    const { candles } = cell.wanted.chart;
    for (let i = candles.length - 1; i >= 0; i -= 1) if (candles[i].closed) return candles[i].ts;
    return 0;
  }

  /** Fills from before the oldest that is known, where candles reach further back; and those of a bot whose fills are none of
      the deck's newest. */
  function askOlderFills(kind) {
    const { fills, scene } = cell;
    if (!fills || fills.isAll || !scene) return;
    const [oldest] = fills.list;
    const isKnown = oldest ? kind === "line" || scene.snap(oldest.ts) <= scene.x[0] : cell.wanted.trades.list.length < OPENED_WITH;
    if (isKnown) return;
    const query = queryOf({ limit: 1000, ...(oldest ? { before_seq: oldest.seq } : {}) });
    scripts.chartData.want("trades", keyOf(oldest ? oldest.seq : 0), query, ({ trades }) => {
      cell.fills = scripts.overlays.prepend(cell.fills, [...trades].reverse(), trades.length < 1000);
    });
  }

  // Drawing.

  function schedule() {
    if (cell.timer !== null || document.hidden || !cell.wanted) return;
    cell.timer = setTimeout(draw, Math.max(0, cell.nextAt - performance.now()));
  }

  /** The reader did something: draw with the browser's next picture, not with the next data. */
  function touch() {
    if (cell.timer !== null) clearTimeout(cell.timer);
    cell.timer = null;
    if (!cell.frame) cell.frame = requestAnimationFrame(() => ((cell.frame = null), refresh(), draw()));
  }

  /** The element that Plotly draws in, once Plotly and its first figure are there. */
  function canvas() {
    const holder = scripts.dom.get("price-chart");
    const element = holder && holder.querySelector(".js-plotly-plot");
    return element && element._fullLayout && window.Plotly ? element : null;
  }

  function draw() {
    const began = performance.now();
    if (cell.timer !== null) clearTimeout(cell.timer);
    cell.timer = null;
    if (cell.isHeld && cell.scene) return;
    const element = canvas();
    if (!element) {
      scripts.chartTools.wait(cell.wanted.chart.points.length > 0);
      cell.timer = setTimeout(draw, REDRAW_MS);
      return;
    }
    if (!cell.isWired) wire(element);
    render(element);
    const now = performance.now();
    cell.nextAt = now + Math.min(1000, Math.max(REDRAW_MS, (now - began) * SHARE));
  }

  function render(element) {
    const size = sizeOf(element);
    const seen = scripts.scene.scene(stateNow(), size);
    cell.scene = seen;
    ask();
    scripts.chartTools.show(seen, cell, hasIndicators() ? cell.indicators : null, colours());
    if (!seen) return;
    if (cell.range) cell.y = seen.y;
    cell.fitted = seen.y;
    cell.draws += 1;
    const { data, layout } = scripts.figure.figure(seen, colours(), cell.base, size);
    window.Plotly.react(element, data, layout);
    scripts.chartTable.paint(seen, cell.view, performance.now());
  }

  function stateNow() {
    const { chart } = cell.wanted;
    return {
      view: cell.view, range: cell.range, y: cell.y, fitted: cell.fitted, isWide: cell.isHeld, points: chart.points, book: cell.book,
      equity: cell.equity, fills: cell.fills ? cell.fills.list : [], marked: isMarked() ? cell.marked : null, status: statusNow(),
      indicators: hasIndicators() && cell.indicators ? cell.indicators.lines : null, hasVolume: scripts.chartTools.isOn("volume"),
    };
  }

  function sizeOf(element) {
    const { w: width, h: height } = element._fullLayout._size;
    const isCoarse = window.matchMedia("(pointer: coarse)").matches;
    return { width, height, isSmall: window.innerWidth < 600, isNarrow: window.innerWidth < 900, isCoarse };
  }

  function wire(element) {
    cell.isWired = true;
    cell.base = element.layout;
    element.on("plotly_relayout", (change) => takeRange(element, change));
    element.on("plotly_doubleclick", goLive);
    element.on("plotly_click", (event) => openTrade(element, event));
    scripts.dom.get("chart-live").addEventListener("click", goLive);
    scripts.chartInput.start(scripts.dom.get("chart-frame"), { range: () => cell.range || (cell.scene && cell.scene.x), show, hold });
  }

  // The reader's hands.

  /** The mouse moved Plotly's axes: they stay where they were left. */
  function takeRange(element, change) {
    const names = Object.keys(change || {});
    if (!names.some((name) => /^[xy]axis\.(range|autorange)/.test(name))) return;
    if (names.some((name) => name.endsWith("autorange"))) return goLive();
    const { xaxis, yaxis } = element._fullLayout;
    Object.assign(cell, { range: xaxis.range.map((end) => xaxis.r2l(end)), y: yaxis.range.map(Number) });
    touch();
  }

  /** Show that stretch of time; null goes back to live. Heights follow what is in it. */
  function show(range) {
    if (range === null) return goLive();
    Object.assign(cell, { range: cell.scene ? scripts.reach.within(range, cell.scene.extent) : range, y: null });
    touch();
  }

  function goLive() {
    Object.assign(cell, { range: null, y: null, fitted: null });
    touch();
  }

  /** While the mouse is down nothing is drawn under it; what lies left and right of the view is drawn before that. */
  function hold(isHeld) {
    if (cell.isHeld === isHeld) return;
    cell.isHeld = isHeld;
    if (isHeld && canvas() && cell.scene) render(canvas());
    if (!isHeld) touch();
  }

  function pick(view) {
    Object.assign(cell, { view, range: null, y: null, fitted: null, marked: null, left: null });
    scripts.choices.remember("chart-view", view);
    if (shownTimeframe()) {
      cell.timeframe = view;
      scripts.choices.remember("chart-timeframe", view);
    }
    scripts.chartTools.press(view);
    touch();
  }

  /** Between the line and candles: those looked at last, else the bot's own. */
  const toggle = () => pick(shownTimeframe() ? "line" : cell.timeframe || (cell.wanted && ownTimeframe()) || "1m");

  /** A click on a triangle opens that trade; on a count it comes closer until the trades come apart. */
  function openTrade(element, event) {
    const at = event.event;
    const found = cell.scene && scripts.chartPick.nearest(cell.scene, element, at);
    if (!found) return;
    const [from, to] = [found[0].x, found[found.length - 1].x];
    if (found.length > 1 && to - from > 4 * cell.scene.step && to > from) return show([from - (to - from) * 0.2, to + (to - from) * 0.2]);
    scripts.route.open(scripts.route.keyOf(found[found.length - 1].trade));
  }

  // A trade from elsewhere.

  /** Mark that trade and bring it into view, while its bot is the one that is shown; null takes the mark away and shows again what was shown before. */
  function highlight(trade) {
    if (!trade && cell.left) Object.assign(cell, cell.left);
    Object.assign(cell, { marked: trade || null, left: null });
    if (cell.isStarted) scripts.chartTools.press(cell.view);
    refresh();
    touch();
  }

  /** Is there a trade to mark, of the bot that is shown? Another bot's would be a mark in prices that it never saw. */
  const isMarked = () => Boolean(cell.marked) && cell.marked.bot_id === cell.wanted.chart.bot;

  function lookAt(trade) {
    const { view, range, y } = cell;
    cell.left = { view, range, y };
    const place = scripts.chartPick.placeFor(trade, cell.view, cell.wanted.chart.points, ownTimeframe(), Date.now());
    Object.assign(cell, { view: place.view, range: place.range, y: null, fitted: null });
    scripts.chartTools.press(cell.view);
  }

  /** The theme changed: the same figure in other colours. */
  function recolour() {
    cell.colours = null;
    if (cell.wanted) schedule();
  }

  const NAMES = ["accent", "buy", "buy-soft", "grid", "line", "muted", "on-accent", "panel", "sell", "sell-soft", "text"];

  function colours() {
    if (!cell.colours) {
      const style = getComputedStyle(document.documentElement);
      const value = (name) => style.getPropertyValue("--" + name).trim();
      cell.colours = Object.fromEntries(NAMES.map((name) => [name, value(name)]));
      cell.colours.series = [1, 2, 3, 4].map((number) => value("series-" + number));
      cell.colours.font = getComputedStyle(document.body).fontFamily;
    }
    return cell.colours;
  }

  scripts.chart = { cell, highlight, paint, recolour, refresh, toggle };
})();
