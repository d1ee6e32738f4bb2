/* What is worth a toast: told at once while somebody looks, gathered into one digest while nobody does. Pure. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const KEEP = 60;
  const LONG_ABSENCE_MS = 10000;
  const MANY_TRADES = 4;

  const nothing = () => ({ items: [], trades: 0, pnl: "0", isClosing: false, errors: 0, states: 0 });

  /** `count` numbers the items ever told, `items` are the newest of them. `until`: the seq up to which the page catches up. */
  const start = () => ({ count: 0, items: [], until: null, isLong: false, away: nothing() });

  const forget = (news) => ({ ...news, until: null, isLong: false, away: nothing() });

  /** The line is back: what comes up to `seq` happened meanwhile. */
  function comeBack(news, seq, absentMs, isHidden) {
    return { ...news, until: seq, isLong: news.isLong || isHidden || absentMs >= LONG_ABSENCE_MS };
  }

  function add(news, fresh, isHidden) {
    if (!fresh.length) return news;
    if (isHidden || news.until !== null) return { ...news, isLong: news.isLong || isHidden, away: gather(news.away, fresh) };
    return tell(news, fresh);
  }

  function gather(away, fresh) {
    const next = { ...away, items: [...away.items, ...fresh].slice(-KEEP) };
    for (const item of fresh) {
      if (item.kind === "trade") {
        next.trades += 1;
        next.isClosing = next.isClosing || item.trade.pnl != null;
        next.pnl = scripts.format.add(next.pnl, item.trade.pnl);
      }
      if (item.kind === "state") next.states += 1;
      if (item.kind === "alert" && item.level === "error") next.errors += 1;
    }
    return next;
  }

  function tell(news, fresh) {
    const items = fresh.map((item, i) => ({ ...item, n: news.count + i + 1 }));
    return { ...news, count: news.count + fresh.length, items: [...news.items, ...items].slice(-KEEP) };
  }

  /** The page shows everything up to `seq`. */
  function reach(news, seq, isHidden) {
    return news.until !== null && seq >= news.until ? settle({ ...news, until: null }, isHidden) : news;
  }

  /** Somebody looks again. */
  const look = (news) => (news.until === null ? settle(news, false) : news);

  /** Tell what waited: one digest after an absence or for many trades, else each for itself. */
  function settle(news, isHidden) {
    if (isHidden) return { ...news, isLong: true };
    const { away } = news;
    const rest = { ...news, away: nothing(), isLong: false };
    if (!away.items.length) return rest;
    const isDigest = news.isLong || away.trades > MANY_TRADES;
    return tell(rest, isDigest ? [digest(away)] : away.items);
  }

  const digest = (away) => ({
    kind: "digest", key: "digest " + away.items[away.items.length - 1].key, trades: away.trades,
    pnl: away.isClosing ? away.pnl : null, errors: away.errors, others: away.items.length,
  });

  scripts.news = { add, comeBack, forget, look, reach, start, tell };
})();
