/* What a bot's closed trades have brought on the market's day, in the reader's time zone. Pure; sums are exact. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** The day in which `ts` lies, with nothing earned yet. `since`: the oldest trade that is known of it, where earlier ones may be missing. */
  function day(ts) {
    const from = new Date(ts).setHours(0, 0, 0, 0);
    const until = new Date(from).setDate(new Date(from).getDate() + 1);
    return { from, until, pnl: "0", since: null };
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

  /** As text: "+12.40", and from when on where that is not the whole day. */
  function text(today) {
    if (!today) return scripts.format.NONE;
    return scripts.format.signedMoney(today.pnl) + (today.since === null ? "" : " since " + scripts.format.time(today.since));
  }

  scripts.today = { after, at, day, knownFrom, text };
})();
