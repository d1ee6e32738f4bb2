/* A question to the relay over HTTP, with what it asks of somebody who is logged in. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const PATIENCE_MS = 15000;
  const NO_ANSWER = "The relay did not answer: try again when the line is back.";

  /** {ok, code, body}; `body` is null where it was no JSON. Throws where no answer came. Whoever is logged out learns it here. */
  async function send(url, { method = "GET", headers, ...others } = {}) {
    const own = method === "GET" ? null : await scripts.account.headers();
    const answer = await fetch(url, { ...others, method, headers: { ...headers, ...own } });
    const body = await answer.json().catch(() => null);
    if (answer.status === 401 && body && scripts.account.isRefusal(body.error)) scripts.account.over();
    return { ok: answer.ok && body !== null, code: answer.status, body };
  }

  /** It always comes to an answer: {ok, body} or {ok: false, code, error: one sentence}. */
  async function json(url, options) {
    try {
      const { ok, code, body } = await send(url, { ...options, signal: AbortSignal.timeout(PATIENCE_MS) });
      return ok ? { ok, body } : { ok, code, error: (body && body.error) || NO_ANSWER };
    } catch {
      return { ok: false, code: 0, error: NO_ANSWER };
    }
  }

  scripts.ask = { json, send };
})();
