/* Which trades the list shows: all that match what is wanted, from the newest back to as far as was read. Pure.

   `list` is oldest first and without a gap: every matching trade with a seq from `oldest` up is in it. The newest come over
   the line, older ones page by page from the relay, which takes the same wishes. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** `snapshot`: a relay that has more trades sends that many. `newest`: kept while nobody reads further back. */
  const LIMITS = { page: 100, snapshot: 500, newest: 2000, all: 20000, search: 100 };
  const WISHES = { all: {}, buy: { side: "buy" }, sell: { side: "sell" }, won: { result: "won" }, lost: { result: "lost" } };

  /** Before anything has come; `wish` is {filter, search}. `run` rises when the list is another one than before. */
  const start = () => ({ ...begin({ epoch: null, list: [] }, { filter: "all", search: "" }, 0), run: 0 });

  function begin(trades, wish, run) {
    const { list } = trades;
    const phase = list.length < LIMITS.snapshot ? "done" : "idle";
    const oldest = list.length ? list[0].seq : 0;
    const newest = list.length ? list[list.length - 1].seq : 0;
    return { epoch: trades.epoch, wish, run: run + 1, list: list.filter((trade) => matches(trade, wish)), oldest, newest, phase, error: "", asked: 0, pages: 0 };
  }

  /** What the page holds has changed; the same object when that says nothing new. */
  function take(history, trades) {
    if (history.epoch !== trades.epoch) return begin(trades, history.wish, history.run);
    const { list } = trades;
    if (!list.length || list[list.length - 1].seq <= history.newest) return history;
    const fresh = list.filter((trade) => trade.seq > history.newest && matches(trade, history.wish));
    return trim({ ...history, newest: list[list.length - 1].seq, list: fresh.length ? [...history.list, ...fresh] : history.list });
  }

  /** Past its limit the list forgets its oldest, which can be read again. */
  function trim(history) {
    const most = history.pages ? LIMITS.all : LIMITS.newest;
    if (history.list.length <= most) return history;
    const list = history.list.slice(-most);
    return { ...history, list, oldest: list[0].seq, phase: history.phase === "loading" ? "loading" : "idle" };
  }

  /** Something else is wanted. */
  const want = (history, wish, trades) => begin(trades, { ...history.wish, ...wish }, history.run);

  const ask = (history) => ({ ...history, phase: "loading", error: "", asked: history.oldest });

  /** A page of older trades has come, newest first; `run` is that of the list that asked. */
  function got(history, run, page) {
    if (run !== history.run || history.phase !== "loading") return history;
    if (history.asked !== history.oldest) return { ...history, phase: "idle" };
    const older = page.slice().reverse();
    const list = [...older, ...history.list];
    const phase = page.length < LIMITS.page ? "done" : list.length >= LIMITS.all ? "full" : "idle";
    return { ...history, list, oldest: older.length ? older[0].seq : history.oldest, phase, pages: history.pages + 1 };
  }

  const failed = (history, run, error) => (run === history.run && history.phase === "loading" ? { ...history, phase: "error", error } : history);

  /** Where the next page of older trades is. */
  const address = (history) => "/api/v1/trades?" + query(history.wish, { bots: "all", limit: LIMITS.page, before_seq: history.oldest });

  /** Where the same trades are as a file. */
  function csv(wish) {
    return "/api/v1/trades.csv?" + query(wish, { bots: "all" });
  }

  function query(wish, more) {
    const search = wish.search ? { search: wish.search } : {};
    return new URLSearchParams({ ...more, ...WISHES[wish.filter], ...search }).toString();
  }

  const isEverything = (wish) => wish.filter === "all" && wish.search === "";

  /** What a person typed, as the relay takes it: a price may be grouped as the page shows it. */
  function wordsOf(text) {
    const plain = (word) => (/^\d{1,3}(,\d{3})+(\.\d*)?$/.test(word) ? word.replaceAll(",", "") : word);
    return text.trim().split(/\s+/).map(plain).join(" ").slice(0, LIMITS.search);
  }

  /** Does the trade match? The relay judges older ones by the same rule (relay/trade_filter.py). */
  function matches(trade, wish) {
    const { side, result } = WISHES[wish.filter];
    if ((side && trade.side !== side) || (result && resultOf(trade) !== result)) return false;
    if (!wish.search) return true;
    const text = [trade.id, trade.symbol, trade.side, trade.price, trade.reason].join("\n").toLowerCase();
    return wish.search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
  }

  /** "open" while nothing is realized, else "won", "lost" or "even". */
  function resultOf(trade) {
    if (trade.pnl == null) return "open";
    return ["lost", "even", "won"][scripts.format.sign(trade.pnl) + 1];
  }

  /** The held trade with that key and its neighbours in the list: {trade, newer, older}. */
  function around(history, key) {
    const { list } = history;
    const i = list.findLastIndex((trade) => scripts.route.isOf(trade, key));
    return i < 0 ? { trade: null, newer: null, older: null } : { trade: list[i], newer: list[i + 1] || null, older: list[i - 1] || null };
  }

  scripts.trades_history = { LIMITS, address, around, ask, csv, failed, got, isEverything, matches, resultOf, start, take, want, wordsOf };
})();
