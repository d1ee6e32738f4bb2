/* What the chart asks the relay for: the past of candles, equity, indicators and trades. One question at a time of each kind;
   none while the line is down; what failed says so in one sentence and waits for Retry or for the line's return. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const PATIENCE_MS = 15000;
  const WORDS = { candles: "The candles", equity: "The equity", indicators: "The indicators", trades: "Older trades" };
  const IDLE = { key: null, state: "idle", error: null };
  const asked = {};

  const isConnected = () => scripts.dom.get("deck").dataset.connection === "connected";

  /** How it stands with one kind: {key, state: idle | loading | ready | failed, error}. Asks when `key` is another than before. */
  function want(kind, key, query, take) {
    const held = asked[kind] || IDLE;
    if (held.key === key || !isConnected()) return held;
    asked[kind] = { key, state: "loading", error: null };
    fetchJson("/api/v1/" + kind + "?" + new URLSearchParams(query)).then(
      (body) => settle(kind, key, null, () => take(body)),
      (error) => settle(kind, key, sentence(kind, error)),
    );
    return asked[kind];
  }

  async function fetchJson(path) {
    const options = { signal: AbortSignal.timeout(PATIENCE_MS), headers: { Accept: "application/json" } };
    const { ok, code, body } = await scripts.ask.send(path, options);
    if (ok) return body;
    throw Object.assign(new Error((body && body.error) || "the relay answered with " + code + "."), { isAnswer: true });
  }

  /** One sentence: what is missing and why. */
  const sentence = (kind, error) => WORDS[kind] + " could not be fetched: " + (error.isAnswer ? error.message : "the relay did not answer.");

  /** An answer to a question that is no longer asked is dropped. */
  function settle(kind, key, error, take) {
    if (asked[kind].key !== key) return;
    asked[kind] = { key, state: error ? "failed" : "ready", error };
    if (take) take();
    scripts.chart.refresh();
  }

  const stateOf = (kind) => asked[kind] || IDLE;

  /** Ask again for what failed. */
  function retry() {
    for (const kind of Object.keys(asked)) if (asked[kind].state === "failed") delete asked[kind];
    scripts.chart.refresh();
  }

  scripts.chartData = { retry, sentence, stateOf, want };
})();
