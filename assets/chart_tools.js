/* What stands around the chart: the chips of its views, the legend with its switches, and what it says instead of a picture. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const SWITCHES = { indicators: "Indicators", volume: "Volume" };
  const cell = { on: { indicators: true, volume: true }, own: null, press: null, view: null, hands: null, legend: null };

  /** `hands`: pick(view) and change(). */
  function start(hands) {
    cell.hands = hands;
    for (const name of Object.keys(SWITCHES)) cell.on[name] = scripts.choices.recall("chart-" + name, "on") === "on";
    buildChips();
  }

  const isOn = (name) => cell.on[name];

  /** The views: the line, the usual timeframes with the bot's own among them, and the equity. */
  function views(own) {
    const { TIMEFRAMES, sizeOf } = scripts.candles;
    const all = own && !TIMEFRAMES.includes(own) ? [...TIMEFRAMES, own].sort((a, b) => (sizeOf(a) || Infinity) - (sizeOf(b) || Infinity)) : TIMEFRAMES;
    return Object.fromEntries([["line", "Line"], ...all.map((name) => [name, name]), ["equity", "Equity"]]);
  }

  function buildChips() {
    const group = scripts.dom.make("div", { class: "chips" });
    scripts.dom.get("chart-modes").replaceChildren(group);
    cell.press = scripts.dom.chips(group, views(cell.own), cell.hands.pick);
    if (cell.view) cell.press(cell.view);
  }

  /** The bot's own timeframe has a chip too. */
  function offer(own) {
    if (own === cell.own) return;
    cell.own = own;
    buildChips();
  }

  function press(view) {
    cell.view = view;
    if (cell.press) cell.press(view);
  }

  /** What is around the picture of `scene` (null: there is none yet). */
  function show(scene, chart, indicators, paints) {
    const { dom } = scripts;
    dom.text(dom.get("chart-panel").querySelector("h2"), chart.view === "equity" ? "Equity" : "Price");
    dom.hide("chart-live", !chart.range);
    dom.hide("chart-empty", Boolean(scene));
    dom.get("chart-frame").classList.toggle("has-picture", Boolean(scene));
    if (!scene) dom.text("chart-empty", emptyText(chart.view, chart.wanted && chart.wanted.status));
    dom.get("chart-frame").classList.toggle("needs-bot", chart.view === "equity");
    dom.get("chart-frame").classList.toggle("needs-market", chart.view !== "equity" || scripts.balance.needs(balances(chart)) === "market");
    note(problem(chart.view, isOn("indicators") && chart.view === cell.own));
    legend(scene && scene.kind === "candles", indicators, chart.view === cell.own, paints);
  }

  const balances = ({ wanted: { status } }) => status && status.status && status.status.balances;

  /** Plotly has not come yet. */
  const wait = (hasPrice) => scripts.dom.text("chart-empty", hasPrice ? "Loading the chart…" : "Waiting for the first price.");

  function emptyText(view, status) {
    const kind = scripts.scene.kindOf(view);
    if (kind === "line") return "Waiting for the first price.";
    const { state } = scripts.chartData.stateOf(kind);
    const thing = kind === "equity" ? "equity" : "candles";
    if (state === "loading") return "Loading the " + thing + "…";
    return kind === "equity" ? noEquity(status && status.beat) : "No candles yet: the first price begins one.";
  }

  /** A bot may beat without ever telling its equity: then no heartbeat is to be waited for. */
  const noEquity = (beat) =>
    beat && beat.equity == null ? "This bot does not tell its equity." : "No equity yet: it comes with the bot's first heartbeat.";

  /** The sentence of what failed and is needed by the view, or null. */
  function problem(view, hasIndicators) {
    const needed = { line: [], equity: ["equity"], candles: ["candles", ...(hasIndicators ? ["indicators"] : []), "trades"] };
    const failed = needed[scripts.scene.kindOf(view)].map(scripts.chartData.stateOf).find((one) => one.state === "failed");
    return failed ? failed.error : null;
  }

  function note(text) {
    scripts.dom.hide("chart-note", !text);
    if (text) scripts.dom.text(scripts.dom.part("chart-note", buildNote).words, text);
  }

  function buildNote(host) {
    const { make } = scripts.dom;
    const words = make("span");
    const again = make("button", { type: "button", class: "chip" }, "Retry");
    again.addEventListener("click", scripts.chartData.retry);
    host.replaceChildren(words, again);
    return { words };
  }

  // The legend.

  function legend(isShown, indicators, isOwn, paints) {
    const parts = scripts.dom.part("chart-legend", buildLegend);
    scripts.dom.hide("chart-legend", !isShown);
    if (!isShown) return;
    for (const name of Object.keys(SWITCHES)) scripts.dom.attribute(parts[name], "aria-pressed", isOn(name));
    scripts.dom.hide(parts.indicators, !isOwn);
    nameLines(parts, indicators ? indicators.lines.map((line) => line.name) : [], paints);
  }

  function buildLegend(host) {
    const parts = Object.fromEntries(Object.entries(SWITCHES).map(([name, text]) => [name, button(name, text)]));
    host.replaceChildren(...Object.values(parts));
    return { ...parts, names: null };
  }

  function button(name, text) {
    const made = scripts.dom.make("button", { type: "button", class: "chip", "data-name": name }, text);
    made.addEventListener("click", () => flip(name));
    return made;
  }

  function flip(name) {
    cell.on[name] = !cell.on[name];
    scripts.choices.remember("chart-" + name, cell.on[name] ? "on" : "off");
    cell.hands.change();
  }

  /** The switch of the indicators says which line is which: their names, each beside its colour. */
  function nameLines(parts, names, paints) {
    const key = names.join("\n") + paints.series.join();
    if (parts.names === key) return;
    parts.names = key;
    const { make } = scripts.dom;
    const labels = names.map((name, i) => {
      const swatch = make("i", { class: "swatch" });
      swatch.style.background = paints.series[i % paints.series.length];
      return make("span", { class: "line-name" }, swatch, name);
    });
    parts.indicators.replaceChildren(...(labels.length ? [make("span", { class: "sr-only" }, "Indicators: "), ...labels] : [SWITCHES.indicators]));
  }

  scripts.chartTools = { emptyText, isOn, offer, press, show, start, views, wait };
})();
