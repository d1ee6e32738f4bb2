/* What the backtest view asks the relay. Every answer is the body, or an error whose message is one sentence for a person. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const ROOT = "/api/v1";
  const AWAY = "The relay does not answer: look at the line above and try again when it is back.";

  async function ask(method, path, body, type) {
    const headers = body === undefined ? {} : { "Content-Type": type || "application/json" };
    const sent = body === undefined || body instanceof Blob ? body : JSON.stringify(body);
    const told = await scripts.ask.send(ROOT + path, { method, headers, body: sent }).catch(() => ({ ok: false, body: null }));
    if (!told.ok) throw new Error((told.body && told.body.error) || AWAY);
    return told.body;
  }

  const strategies = () => ask("GET", "/strategies");
  const files = () => ask("GET", "/backtests/data");
  const runs = () => ask("GET", "/backtests").then((told) => told.runs);
  const result = (id) => ask("GET", "/backtests/" + encodeURIComponent(id) + "/result");
  const run = (asked) => ask("POST", "/backtests", asked).then((told) => told.run);
  const download = (asked) => ask("POST", "/backtests/downloads", asked).then((told) => told.run);
  const remove = (id) => ask("DELETE", "/backtests/" + encodeURIComponent(id));
  const upload = (file) => ask("POST", "/backtests/data?name=" + encodeURIComponent(file.name), file, "text/csv").then((told) => told.file);
  const command = (body) => ask("POST", "/command", body);
  const report = (id) => ROOT + "/backtests/" + encodeURIComponent(id) + "/report";

  scripts.backtest_api = { command, download, files, remove, report, result, run, runs, strategies, upload };
})();
