/* A question to the relay over HTTP. It always comes to an answer: {ok, body} or {ok: false, code, error: one sentence}. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const PATIENCE_MS = 15000;
  const NO_ANSWER = "The relay did not answer: try again when the line is back.";

  async function json(url) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
      const body = await answer.json();
      return answer.ok ? { ok: true, body } : { ok: false, code: answer.status, error: body.error || NO_ANSWER };
    } catch {
      return { ok: false, code: 0, error: NO_ANSWER };
    }
  }

  scripts.ask = { json };
})();
