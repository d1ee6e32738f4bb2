/* The backtest view: form and runs on one side, the result on the other. It asks the relay while something is under way, and
   only while it is open. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const POLL_MS = 700;
  const AWAY_MS = 3000;
  const LOOKS = "Viewer: looks only. Log in as the operator to run a backtest.";
  const CHARTS = { equity: "Equity", price: "Price and trades", months: "Months" };
  const cell = { parts: null, strategies: [], chosen: {}, fields: [], runs: [], opened: null, result: null, timer: null, isAsking: false };

  // Building, once.

  function build(root) {
    const { make } = scripts.dom;
    const title = make("h2", { id: "backtest-title", tabindex: -1 }, "Backtest");
    const back = make("a", { href: "/", class: "chip backtest-back" }, "← Back to the deck");
    const parts = { title, result: make("section", { class: "panel backtest-result", "aria-labelledby": "backtest-result-title" }) };
    parts.note = make("p", { class: "backtest-note", role: "status" });
    parts.live = make("p", { class: "sr-only", "aria-live": "polite" });
    const side = make("div", { class: "backtest-side" }, form(parts), runs(parts));
    root.replaceChildren(make("div", { class: "backtest-head" }, title, back), make("div", { class: "backtest-columns" }, side, parts.result), parts.live);
    scripts.dom.attribute(root, "aria-labelledby", "backtest-title");
    document.addEventListener("visibilitychange", () => document.hidden || ask());
    window.matchMedia("(prefers-color-scheme: light)").addEventListener("change", scripts.backtest_charts.recolour);
    new MutationObserver(scripts.backtest_charts.recolour).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return parts;
  }

  function form(parts) {
    const { make } = scripts.dom;
    const { labelled } = scripts.backtest_form;
    parts.strategy = make("select", { id: "backtest-strategy", name: "strategy" });
    parts.summary = make("p", { class: "field-about" });
    parts.params = make("div", { class: "fields field-grid" });
    parts.deposit = make("input", { id: "backtest-deposit", type: "text", inputmode: "decimal", autocomplete: "off", placeholder: "as set" });
    parts.spread = make("input", { id: "backtest-spread", type: "text", inputmode: "decimal", autocomplete: "off", placeholder: "as set" });
    parts.slippage = make("input", { id: "backtest-slippage", type: "text", inputmode: "decimal", autocomplete: "off", placeholder: "as set" });
    const paper = make("details", { class: "more" }, make("summary", null, "Balance and fills"),
      make("div", { class: "fields field-grid" }, labelled("Starting balance", parts.deposit), labelled("Spread, %", parts.spread), labelled("Slippage, %", parts.slippage)),
      make("p", { class: "field-about" }, "Empty fields stay as the settings have them. Each trade pays a fee of 0.1 %."));
    parts.run = make("button", { type: "submit", class: "action start", id: "backtest-run" }, "Run backtest");
    const element = make("form", { class: "panel backtest-form", novalidate: "", "aria-label": "What to run" },
      make("fieldset", { class: "fields" }, make("legend", null, "Strategy"), labelled("Strategy", parts.strategy), parts.summary, parts.params),
      scripts.backtest_data.build({ say, submit }), paper, parts.run, parts.note);
    parts.strategy.addEventListener("change", () => showStrategy(parts.strategy.value, parts));
    element.addEventListener("submit", (event) => (event.preventDefault(), start()));
    return element;
  }

  function runs(parts) {
    const { make } = scripts.dom;
    parts.runs = make("ol", { class: "runs", id: "backtest-runs", "aria-labelledby": "backtest-runs-title" });
    parts.noRuns = make("p", { class: "empty" }, "No runs yet. The last 20 are kept.");
    return make("section", { class: "panel" }, make("div", { class: "panel-head" }, make("h2", { id: "backtest-runs-title" }, "Runs")), parts.noRuns, parts.runs);
  }

  // The form.

  function say(text, isError) {
    scripts.dom.text(cell.parts.note, text || (scripts.account.isViewer() ? LOOKS : ""));
    scripts.dom.attribute(cell.parts.note, "data-refusal", isError ? "true" : null);
  }

  async function loadForm() {
    const { make } = scripts.dom;
    if (!cell.strategies.length) say("Asking the relay for strategies and prices…");
    try {
      const [told] = await Promise.all([scripts.backtest_api.strategies(), scripts.backtest_data.load()]);
      const isFirst = !cell.strategies.length;
      Object.assign(cell, { strategies: told.strategies, chosen: told.chosen });
      if (isFirst) {
        cell.parts.strategy.replaceChildren(...told.strategies.map(({ name }) => make("option", { value: name }, name)));
        showStrategy(told.chosen.strategy, cell.parts);
      }
      if (cell.parts.note.dataset.refusal || isFirst) say("");
    } catch (error) {
      say(error.message, true);
    }
  }

  function showStrategy(name, parts) {
    const strategy = cell.strategies.find((one) => one.name === name);
    if (!strategy) return;
    parts.strategy.value = name;
    scripts.dom.text(parts.summary, strategy.error || strategy.summary);
    const given = name === cell.chosen.strategy ? cell.chosen.params : null;
    cell.fields = strategy.fields.map((field) => ({ field, ...scripts.backtest_form.build(field, scripts.backtest_form.initial(field, given)) }));
    parts.params.replaceChildren(...cell.fields.map((one) => one.element));
  }

  /** What the form says, as the relay takes it; null when something in it is wrong, which is then said beside it. */
  function asked() {
    const { params, errors } = scripts.backtest_form.readAll(cell.fields.map((one) => one.field), Object.fromEntries(cell.fields.map((one) => [one.field.name, one.raw()])));
    for (const one of cell.fields) one.say(errors && errors[one.field.name]);
    if (errors) return wrong(errors);
    if (!scripts.backtest_data.file()) return void say("Choose prices first: upload a CSV of candles, or download an exchange's history.", true);
    const paper = { deposit: cell.parts.deposit.value, spread_pct: cell.parts.spread.value, slippage_pct: cell.parts.slippage.value };
    const days = scripts.backtest_data.span();
    return { strategy: cell.parts.strategy.value, params, file: scripts.backtest_data.file(), ...filled(days), paper: filled(paper) };
  }

  function wrong(errors) {
    const first = cell.fields.find((one) => errors[one.field.name]);
    say(errors[first.field.name], true);
    first.focus();
    return null;
  }

  const filled = (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));

  function start() {
    const body = asked();
    if (body) submit(() => scripts.backtest_api.run(body), "It runs beside the bot, which goes first.", true);
  }

  /** Ask for a run; the one that was begun is opened when it is done. */
  async function submit(ask_, words, isOpened) {
    scripts.dom.property(cell.parts.run, "disabled", true);
    say("Asking the relay…");
    try {
      const run = await ask_();
      if (isOpened) cell.awaited = run.id;
      say(words);
      await ask();
    } catch (error) {
      say(error.message, true);
    } finally {
      scripts.dom.property(cell.parts.run, "disabled", false);
    }
  }

  // The runs.

  async function ask() {
    clearTimeout(cell.timer);
    if (!scripts.backtest.isOpen() || document.hidden || cell.isAsking || scripts.account.isOut()) return;
    cell.isAsking = true;
    let pause = POLL_MS;
    try {
      took(await scripts.backtest_api.runs());
      if (cell.isAway) say("");
      cell.isAway = false;
    } catch (error) {
      say(error.message, true);
      cell.isAway = true;
      pause = AWAY_MS;
    }
    cell.isAsking = false;
    if (cell.isAway || cell.runs.some(scripts.backtest_runs.isActive)) cell.timer = setTimeout(ask, pause);
  }

  function took(list) {
    const ended = scripts.backtest_runs.news(cell.runs, list);
    cell.runs = list;
    paintRuns();
    if (ended) announce(ended);
    const awaited = list.find((run) => run.id === cell.awaited);
    if (!awaited) return;
    if (scripts.backtest_runs.isActive(awaited)) return paintAwaited(awaited);
    cell.awaited = null;
    say(awaited.state === "failed" ? awaited.error : "", awaited.state === "failed");
    if (awaited.state === "done") open(awaited.id);
    else close();
  }

  /** The run that was begun here, where its result will stand. */
  function paintAwaited(run) {
    const { make } = scripts.dom;
    if (!cell.parts.awaited || cell.parts.awaited.parentNode !== cell.parts.result) {
      scripts.backtest_charts.hide();
      Object.assign(cell, { opened: null, result: null });
      cell.parts.awaited = make("div", { class: "backtest-awaited" });
      cell.parts.result.replaceChildren(heading("Under way"), cell.parts.awaited);
      bringIntoView();
    }
    scripts.backtest_runs.paintAwaited(cell.parts.awaited, run, remove);
  }

  function announce(run) {
    const { title, state } = scripts.backtest_runs.view(run);
    scripts.dom.text(cell.parts.live, title + ": " + state);
    if (run.kind === "download" && run.state === "done") scripts.backtest_data.load(run.asked.file).catch((error) => say(error.message, true));
    if (run.kind === "download") say(run.said || run.error || "", run.state === "failed");
  }

  function paintRuns() {
    scripts.dom.hide(cell.parts.noRuns, cell.runs.length > 0);
    scripts.backtest_runs.paint(cell.parts.runs, cell.runs, cell.opened, { open, remove });
  }

  async function remove(id) {
    try {
      await scripts.backtest_api.remove(id);
      if (cell.opened === id) close();
      await ask();
    } catch (error) {
      say(error.message, true);
    }
  }

  // The result.

  function close() {
    scripts.backtest_charts.hide();
    Object.assign(cell, { opened: null, result: null });
    const first = scripts.account.isViewer() ? "Choose a run" : "Choose a strategy and prices, and run it";
    paintResult(first + ": what comes of it is shown here, beside the live bot's figures.");
  }

  async function open(id) {
    cell.opened = id;
    paintRuns();
    paintResult("Fetching the result…");
    try {
      const result = await scripts.backtest_api.result(id);
      if (cell.opened !== id) return;
      cell.result = result;
      paintWhole(id, result);
    } catch (error) {
      paintResult(error.message);
    }
  }

  function heading(text) {
    const { make } = scripts.dom;
    return make("h3", { id: "backtest-result-title" }, text);
  }

  function paintResult(words) {
    scripts.backtest_charts.hide();
    cell.parts.result.replaceChildren(heading("Result"), scripts.dom.make("p", { class: "empty" }, words));
    delete cell.parts.result.dataset.runId;
  }

  function paintWhole(id, result) {
    const { make } = scripts.dom;
    const { about, faults, pairs, skipped } = scripts.backtest_result;
    cell.parts.compare = make("div");
    const canvas = make("div", { class: "backtest-chart" });
    const caption = make("p", { class: "sr-only" });
    const choice = make("div", { class: "chips", role: "group", "aria-label": "Chart" });
    const report = make("a", { class: "chip", href: scripts.backtest_api.report(id), target: "_blank", rel: "noopener" }, "Report ↗");
    const use = make("button", { type: "button", class: "action", id: "backtest-use" }, "Use these parameters…");
    use.addEventListener("click", () => scripts.backtest_adopt.open(result));
    const more = make("details", { class: "more" }, make("summary", null, "All figures"), pairs(result.compared.map(([name, own, hold]) => [name, own + " (holding " + hold + ")"])), pairs(result.account));
    const told = make("div", { class: "backtest-told" }, ...about(result).map((line) => make("p", null, line)));
    const parts = [heading(result.strategy + " on " + result.symbol), told, faults(result), skipped(result), cell.parts.compare,
      make("div", { class: "panel-head backtest-charts" }, choice, report), canvas, caption, more, make("div", { class: "choices" }, use)];
    cell.parts.result.replaceChildren(...parts.filter(Boolean));
    cell.parts.result.dataset.runId = id;
    paintLive();
    const press = scripts.dom.chips(choice, CHARTS, (kind) => (press(kind), showChart(kind, canvas, caption)));
    showChart("equity", canvas, caption);
    bringIntoView();
  }

  function showChart(kind, canvas, caption) {
    scripts.backtest_charts.hide();
    if (kind === "months") return void canvas.replaceChildren(scripts.backtest_result.monthTable(cell.result));
    canvas.replaceChildren(scripts.dom.make("p", { class: "empty" }, "The chart library is on its way."));
    scripts.dom.text(caption, scripts.backtest_charts.summary(kind, cell.result));
    scripts.backtest_charts.show(canvas, kind, cell.result);
  }

  /** On a phone the result stands below the form. */
  function bringIntoView() {
    const { result } = cell.parts;
    if (result.getBoundingClientRect().top < window.innerHeight) return;
    result.scrollIntoView({ block: "start", behavior: scripts.dom.isStill() ? "auto" : "smooth" });
  }

  /** The live bot's column, as it is now. */
  function paintLive() {
    if (!cell.result || !cell.parts.compare) return;
    const { comparison, liveNote } = scripts.backtest_result;
    const live = scripts.backtest.live();
    if (!cell.parts.compare.contains(document.activeElement)) cell.parts.compare.replaceChildren(comparison(cell.result, live), scripts.dom.make("p", { class: "field-about backtest-live-note" }, liveNote(live)));
  }

  /** Wired to the address: the view was opened. */
  function enter() {
    const root = scripts.dom.get("backtest-view");
    const isNew = !cell.parts;
    if (isNew) cell.parts = build(root);
    if (isNew) close();
    cell.parts.title.focus({ preventScroll: true });
    loadForm();
    ask();
  }

  scripts.backtest_view = { cell, enter, open, paintLive, say };
})();
