/* Which trades opened what a trade closed. Pure. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** The buys that a closing trade sold, newest first, of `older` trades, newest first: {openings, isWhole}.

      Walks back until as much was bought as this and the sales between have sold; `isWhole` is false where `older` ends before. */
  function of(trade, older) {
    const { add, sign } = scripts.format;
    const openings = [];
    let missing = String(trade.amount);
    for (const one of older) {
      if (one.bot_id !== trade.bot_id || one.symbol !== trade.symbol) continue;
      const isOpening = one.side !== trade.side;
      missing = add(missing, isOpening ? "-" + one.amount : one.amount);
      if (isOpening) openings.push(one);
      if (sign(missing) <= 0) return { openings, isWhole: true };
    }
    return { openings, isWhole: false };
  }

  /** How long it was held, in ms; null where that is not known. */
  const heldMs = (trade, { openings, isWhole }) => (isWhole ? Math.max(0, trade.ts - openings[openings.length - 1].ts) : null);

  scripts.opening = { heldMs, of };
})();
