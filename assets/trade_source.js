/* A trade and what belongs to it, for the detail: from the page where it holds it, else from the relay. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const OPENINGS = 100;

  /** The trade where the page holds it, else null. */
  const held = (id) => scripts.page.trade(id) || scripts.trades.around(id).trade;

  /** The trade with its order: what `/api/v1/trades/<id>` says, see `ask.json`. */
  function whole(id) {
    const known = held(id);
    const bot = known && known.bot_id ? "?bot_id=" + encodeURIComponent(known.bot_id) : "";
    return scripts.ask.json("/api/v1/trades/" + encodeURIComponent(id) + bot);
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
