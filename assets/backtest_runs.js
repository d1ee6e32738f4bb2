/* The list of runs: what waits, what is under way and how far it is, what came of the others. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const STATES = { waiting: "Waits for its turn", running: "Running", done: "Done", failed: "Failed", canceled: "Cancelled" };

  const isActive = (run) => run.state === "waiting" || run.state === "running";

  const SHARED = ["stake_pct", "stop_loss_pct", "take_profit_pct"];

  /** Parameters in one line, a strategy's own first: "fast 9, slow 21, stake 25 %, stop loss off". */
  function paramsText(params) {
    const all = Object.entries(params || {});
    const isShared = ([name]) => SHARED.includes(name);
    return [...all.filter((one) => !isShared(one)), ...all.filter(isShared)].map(paramText).join(", ");
  }

  function paramText([name, value]) {
    const isPercent = name.endsWith("_pct");
    const word = (isPercent ? name.slice(0, -4) : name).replace(/_/g, " ");
    return word + " " + (value === null ? "off" : value + (isPercent ? " %" : ""));
  }

  /** A run in words: {title, about, state, progress: {share, text} | null, canOpen, button}. */
  function view(run) {
    const isBacktest = run.kind === "backtest";
    return {
      title: isBacktest ? run.asked.strategy : "Download " + run.asked.symbol,
      about: isBacktest ? about(run) : run.asked.timeframe + " from " + run.asked.exchange + ", since " + run.asked.from,
      state: outcome(run),
      tone: run.state === "failed" ? "failed" : run.summary ? scripts.format.sign(String(run.summary.return_pct)) : 0,
      progress: isActive(run) ? progress(run) : null,
      canOpen: isBacktest && run.state === "done",
      button: isActive(run) ? "Cancel" : "Remove",
    };
  }

  const about = (run) => [run.asked.file, paramsText(run.asked.params)].filter(Boolean).join(" · ");

  function outcome(run) {
    const { format } = scripts;
    if (run.state === "failed") return run.error || "Failed without a reason: run it again.";
    if (run.state !== "done") return STATES[run.state] || run.state;
    if (!run.summary) return run.said || STATES.done;
    const { return_pct: own, hold_pct: hold, trades } = run.summary;
    return format.signedPercent(own) + " (holding " + format.signedPercent(hold) + "), " + trades + (trades === 1 ? " round trip" : " round trips");
  }

  function progress(run) {
    if (run.state === "waiting") return { share: null, text: "Waits for its turn" };
    if (!run.of) return { share: null, text: run.kind === "download" ? "Asking the exchange" : "Reading the file" };
    const share = Math.min(1, run.done / run.of);
    if (run.kind === "backtest" && share === 1) return { share, text: "Working out the figures" };
    const { number } = scripts.format;
    return { share, text: number(run.done, 0) + " of " + number(run.of, 0) + " candles, " + Math.floor(share * 100) + " %" };
  }

  /** What to say aloud when the list changed: the run that ended since. */
  function news(before, after) {
    for (const run of after) {
      const was = before.find((one) => one.id === run.id);
      if (was && isActive(was) && !isActive(run)) return run;
    }
    return null;
  }

  function row(run, open, tag) {
    const { make } = scripts.dom;
    const title = make(run.kind === "backtest" ? "button" : "span", { class: "run-title", type: run.kind === "backtest" ? "button" : null });
    const parts = {
      element: make(tag, { class: "run", "data-run-id": run.id }), title, about: make("p", { class: "run-about" }), state: make("p", { class: "run-state" }),
      bar: make("progress", { class: "run-bar", max: 1, "aria-label": "Progress" }), button: make("button", { type: "button", class: "chip run-button" }),
    };
    parts.element.append(make("div", { class: "run-head" }, title, parts.button), parts.about, parts.bar, parts.state);
    title.addEventListener("click", () => open(run.id));
    return parts;
  }

  function paintRow(parts, run, opened) {
    const { attribute, hide, property, text } = scripts.dom;
    const seen = view(run);
    text(parts.title, seen.title);
    property(parts.title, "disabled", !seen.canOpen);
    text(parts.about, seen.about);
    hide(parts.bar, !seen.progress);
    if (seen.progress && seen.progress.share !== null) attribute(parts.bar, "value", seen.progress.share);
    else parts.bar.removeAttribute("value");
    text(parts.state, seen.progress ? seen.progress.text : seen.state);
    scripts.dom.tone(parts.state, seen.tone === "failed" ? -1 : seen.tone);
    text(parts.button, seen.button);
    attribute(parts.button, "aria-label", seen.button + " " + seen.title);
    attribute(parts.element, "data-state", run.state);
    attribute(parts.element, "aria-current", run.id === opened ? "true" : null);
  }

  /** One run alone, large: {element} is filled and kept up to date. */
  function paintAwaited(element, run, remove) {
    if (element.dataset.runId !== run.id) {
      const made = row(run, () => undefined, "div");
      made.button.addEventListener("click", () => remove(run.id));
      element.replaceChildren(made.element);
      element.dataset.runId = run.id;
      awaited.parts = made;
    }
    paintRow(awaited.parts, run, null);
  }

  const awaited = { parts: null };
  const rows = new Map();

  /** Draw the list; rows stay the same elements, so that a focus stays where it is. */
  function paint(list, runs, opened, { open, remove }) {
    for (const [id, parts] of rows) if (!runs.some((run) => run.id === id)) rows.delete(id), parts.element.remove();
    runs.forEach((run, place) => {
      if (!rows.has(run.id)) {
        const made = row(run, open, "li");
        made.button.addEventListener("click", () => remove(run.id));
        rows.set(run.id, made);
      }
      const parts = rows.get(run.id);
      paintRow(parts, run, opened);
      if (list.children[place] !== parts.element) list.insertBefore(parts.element, list.children[place] || null);
    });
  }

  scripts.backtest_runs = { isActive, news, paint, paintAwaited, paramsText, progress, view };
})();
