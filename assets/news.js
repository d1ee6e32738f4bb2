/* What is worth a toast: told at once while somebody looks, gathered into one digest while nobody does. And what is worth a
   tone or a desktop notification: called out once, whether somebody looks or not. Pure. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** As many as the relay puts into one frame. */
  const KEEP = 500;
  const LONG_ABSENCE_MS = 10000;
  const MANY_TRADES = 4;

  const nothing = () => ({ items: [], trades: 0, earned: {}, errors: 0, states: {}, side: null });

  const silence = () => ({ count: 0, items: [], seq: 0 });

  /** `count` numbers the items ever told, `items` are the newest of them; so do `calls`, up to `seq`. `until`: the seq up to
      which the page catches up. */
  const start = () => ({ count: 0, items: [], until: null, isLong: false, away: nothing(), calls: silence() });

  const forget = (news) => ({ ...news, until: null, isLong: false, away: nothing() });

  /** The line is back: what comes up to `seq` happened meanwhile. */
  function comeBack(news, seq, absentMs, isHidden) {
    return { ...news, until: seq, isLong: news.isLong || isHidden || absentMs >= LONG_ABSENCE_MS };
  }

  function add(news, fresh, isHidden) {
    if (!fresh.length) return news;
    const isWaiting = isHidden || news.until !== null;
    const next = isWaiting ? { ...news, isLong: news.isLong || isHidden, away: gather(news.away, fresh) } : tell(news, fresh);
    return news.until === null ? call(next, fresh) : next;
  }

  /** Called out are the items that were not before. */
  function call(news, items) {
    const fresh = items.filter((item) => !(item.seq <= news.calls.seq));
    if (!fresh.length) return news;
    const seq = Math.max(news.calls.seq, ...fresh.map((item) => item.seq || 0));
    return { ...news, calls: { ...append(news.calls, fresh), seq } };
  }

  /** The same items, of which many trades are one digest. */
  function summary(items) {
    const trades = items.filter((item) => item.kind === "trade");
    const isMany = trades.length > MANY_TRADES;
    return isMany ? [...items.filter((item) => item.kind !== "trade"), digest(gather(nothing(), trades))] : items;
  }

  function gather(away, fresh) {
    const next = { ...away, items: [...away.items, ...fresh].slice(-KEEP) };
    for (const item of fresh) {
      if (item.kind === "trade") {
        next.trades += 1;
        next.side = item.trade.side;
        next.earned = earn(next.earned, item.trade);
      }
      if (item.kind === "state") next.states = { ...next.states, [item.bot_id || ""]: { state: item.state, bot: item.bot } };
      if (isError(item)) next.errors += 1;
    }
    return next;
  }

  /** What trades have brought, exactly, by the currency that they were paid in; `earned` is {currency: sum}. */
  function earn(earned, { symbol, pnl }) {
    if (pnl == null) return earned;
    const currency = String(symbol || "").split("/")[1] || "";
    return { ...earned, [currency]: scripts.format.add(earned[currency] || "0", pnl) };
  }

  /** "+12.40"; of several currencies each with its own: "+12.40 USDT, −0.01 BTC". */
  function earnedWords(earned) {
    const sums = Object.entries(earned);
    const unit = (currency) => (sums.length > 1 && currency ? " " + currency : "");
    return sums.map(([currency, sum]) => scripts.format.signedMoney(sum) + unit(currency)).join(", ");
  }

  const isError = (item) => (item.kind === "alert" && item.level === "error") || (item.kind === "state" && item.state === "error");

  const tell = (news, fresh) => ({ ...news, ...append(news, fresh) });

  function append({ count, items }, fresh) {
    const numbered = fresh.map((item, i) => ({ ...item, n: count + i + 1 }));
    return { count: count + fresh.length, items: [...items, ...numbered].slice(-KEEP) };
  }

  /** Tell and call out at once. */
  const say = (news, fresh) => call(tell(news, fresh), fresh);

  /** The page shows everything up to `seq`. */
  function reach(news, seq, isHidden) {
    return news.until !== null && seq >= news.until ? settle({ ...news, until: null }, isHidden) : news;
  }

  /** Somebody looks again. */
  const look = (news) => (news.until === null ? settle(news, false) : news);

  /** Tell what waited: one digest after an absence or for many trades, else each for itself. What is long over is told
      without a tone, unless it was an error. */
  function settle(news, isHidden) {
    const { away } = news;
    if (isHidden) return { ...call(news, away.items), isLong: true };
    const rest = { ...news, away: nothing(), isLong: false };
    if (!away.items.length) return rest;
    if (!news.isLong && away.trades <= MANY_TRADES) return say(rest, away.items);
    const one = digest(away);
    return news.isLong && !one.errors ? tell(rest, [one]) : say(rest, [one]);
  }

  function digest(away) {
    const last = away.items[away.items.length - 1];
    return {
      kind: "digest", key: "digest " + last.key, seq: last.seq, side: away.side, trades: away.trades,
      earned: away.earned, errors: away.errors, others: away.items.length,
      states: Object.values(away.states),
    };
  }

  scripts.news = { add, comeBack, earn, earnedWords, forget, look, reach, say, start, summary, tell };
})();
