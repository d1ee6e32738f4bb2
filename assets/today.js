/* What a bot's closed trades have brought on the market's day, by the clock that the reader chose. Pure; sums are exact. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** However long a day is on which the clocks change, this lies in the one after it. */
  const A_DAY_AND_A_HALF_MS = 36 * 3600 * 1000;

  /** The day in which `ts` lies, with nothing earned yet. `since`: the oldest trade that is known of it, where earlier ones may be missing. */
  function day(ts) {
    const from = scripts.format.midnight(ts);
    return { from, until: scripts.format.midnight(from + A_DAY_AND_A_HALF_MS), pnl: "0", since: null };
  }

  /** The day as it stands at `ts`: the same object until the market's midnight. */
  const at = (today, ts) => (today && ts < today.until ? today : day(ts));

  /** The day after a trade; one of an earlier day, or that closes nothing, changes nothing. */
  function after(today, trade) {
    const current = at(today, trade.ts);
    const counts = trade.pnl != null && trade.ts >= current.from;
    return counts ? { ...current, pnl: scripts.format.add(current.pnl, trade.pnl) } : current;
  }

  /** The day as known from trades that reach back only to `oldest`. */
  const knownFrom = (today, oldest) => (today && oldest > today.from ? { ...today, since: oldest } : today);

  /** The day of `ts` anew, from the trades that are held: the reader chose another clock. Before `since` some are missing. */
  const again = (trades, bot, ts, since) =>
    knownFrom(trades.filter((trade) => trade.bot_id === bot).reduce(after, day(ts)), since === null ? -Infinity : since);

  /** As text: "+12.40", and from when on where that is not the whole day. */
  const text = (today, unit) => (today ? scripts.format.signedMoney(today.pnl, unit) + since(today) : scripts.format.NONE);
  const since = (today) => (today.since === null ? "" : " since " + scripts.format.time(today.since));

  scripts.today = { after, again, at, day, knownFrom, since, text };
})();
