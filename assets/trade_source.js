/* A trade and what belongs to it, for the detail: from the page where it holds it, else from the relay. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const OPENINGS = 100;

  const chosen = () => new URLSearchParams(window.location.search).get("bot");

  /** The trade with that key where the page holds it, else null. Of a key that names no bot the one that the reader chose is
      likeliest meant. */
  function held({ id, of }) {
    const find = (key) => scripts.page.trade(key) || scripts.trades.around(key).trade;
    return (!of && find({ id, of: chosen() || "" })) || find({ id, of });
  }

  /** The trade with its order: what `/api/v1/trades/<id>` says, see `ask.json`. */
  function whole(key) {
    const known = held(key);
    const bot = known ? known.bot_id : key.of;
    const query = bot ? "?" + new URLSearchParams({ bot_id: bot }) : "";
    return scripts.ask.json("/api/v1/trades/" + encodeURIComponent(key.id) + query);
  }

  const address = (trade, limit) =>
    "/api/v1/trades?" + new URLSearchParams({ bot_id: trade.bot_id, limit, before_seq: trade.seq });

  /** What opened the position that a trade closed; null for one that closes nothing, or when nobody could be asked. */
  async function openings(trade) {
    if (trade.pnl == null) return null;
    const answer = await scripts.ask.json(address(trade, OPENINGS));
    return answer.ok ? scripts.opening.of(trade, answer.body.trades) : null;
  }

  scripts.trade_source = { held, openings, whole };
})();
