/* The page's picture of the deck: a pure reducer over frames.

   fold(picture, frame, now, isHidden) -> picture. What a frame does not change stays the same object, so that a panel whose
   part is the same object has nothing to draw. Everything that grows has a limit, in LIMITS. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const LIMITS = { trades: 2000, activity: 500, points: 1500, fewerPoints: 1000, rawPoints: 400, candles: 1000 };
  const CLOCK_WENT_BACK_MS = 60000;

  /** Before anything has come. */
  function start() {
    return {
      bots: [], selected: null, per: {}, seq: 0, tape: null, epoch: 0,
      trades: { epoch: 0, list: [], count: 0 },
      activity: { epoch: 0, list: [], count: 0 },
      news: scripts.news.start(),
    };
  }

  /** What is known of one bot. */
  const stranger = () => ({
    price: null, points: [], candles: [], status: null, stats: null, beat: null, heard: null, settled: null, feed: null,
  });

  function fold(picture, frame, now, isHidden) {
    const greeted = frame.hello ? greet(picture, frame, isHidden) : picture;
    const copies = { points: new Map(), candles: new Map() };
    const draft = { picture: greeted, now, ts: frame.ts || now, fresh: [], isSnapshot: isSnapshot(frame), touched: new Map(), copies };
    for (const message of frame.messages) take(draft, message);
    return conclude(draft, isHidden);
  }

  const isSnapshot = (frame) => Boolean(frame.hello) && frame.hello.kind === "snapshot";

  function greet(picture, frame, isHidden) {
    const { hello } = frame;
    const held = isSnapshot(frame) ? forget(picture, hello) : picture;
    const news = isSnapshot(frame) ? held.news : scripts.news.comeBack(held.news, hello.seq, frame.absentMs || 0, isHidden);
    return { ...held, tape: hello.tape, news, ...introduce(held, hello.bots) };
  }

  /** A snapshot is the whole picture: what was held goes, only the count of a tape's trades stays. */
  function forget(picture, hello) {
    const epoch = picture.epoch + 1;
    const count = picture.tape === hello.tape ? picture.trades.count : 0;
    const fresh = start();
    return {
      ...fresh, epoch, selected: picture.selected, seq: count ? picture.seq : 0, news: scripts.news.forget(picture.news),
      trades: { epoch, list: [], count }, activity: { epoch, list: [], count: 0 },
    };
  }

  function introduce(picture, bots) {
    const list = bots || [];
    const isKnown = list.some((bot) => bot.bot_id === picture.selected);
    return { bots: list, selected: isKnown || !list.length ? picture.selected : list[0].bot_id };
  }

  // One message. The draft's parts are copied once a frame, then changed in place until the frame is done.

  function take(draft, message) {
    const fold = TAKE[message.type];
    if (!fold) return;
    const at = draft.now - Math.max(0, draft.ts - message.ts);
    const bot = message.bot_id === undefined ? null : touch(draft, message.bot_id);
    if (bot && message.type !== "outcome") bot.heard = Math.max(bot.heard || 0, at);
    fold(draft, bot, message, at);
  }

  function touch(draft, id) {
    if (!draft.touched.has(id)) draft.touched.set(id, { ...(draft.picture.per[id] || stranger()) });
    return draft.touched.get(id);
  }

  const TAKE = {
    price: takePrice, candle: takeCandle, status: takeStatus, trade: takeTrade, alert: takeAlert, log: takeLog,
    outcome: takeOutcome,
    stats: (draft, bot, message) => (bot.stats = message.data),
    heartbeat: (draft, bot, message, at) => takeBeat(bot, message, at),
    bots: (draft, bot, message) => (draft.picture = { ...draft.picture, ...introduce(draft.picture, message.data.bots) }),
  };

  function takePrice(draft, bot, message, at) {
    const { data } = message;
    const last = bot.price;
    if (last && data.ts < last.ts && last.ts - data.ts < CLOCK_WENT_BACK_MS) return;
    if (last && last.ts - data.ts >= CLOCK_WENT_BACK_MS) Object.assign(bot, { points: [], candles: [] });
    bot.price = { text: String(data.price), ts: data.ts, symbol: data.symbol, change: data.change_24h_pct, at };
    bot.feed = { at, ageMs: 0 };
    addPoint(own(draft, bot, "points"), { ts: data.ts, text: bot.price.text });
  }

  /** `bot.points` or `bot.candles` as this frame's own copy, which may be changed in place. */
  function own(draft, bot, name) {
    const copies = draft.copies[name];
    if (copies.get(bot) !== bot[name]) copies.set(bot, bot[name].slice());
    return (bot[name] = copies.get(bot));
  }

  function addPoint(points, point) {
    const last = points[points.length - 1];
    if (last && point.ts < last.ts) return;
    if (last && point.ts === last.ts) points[points.length - 1] = point;
    else points.push(point);
  }

  /** Over the limit, older points keep one a second; the newest stay as they came. */
  function thin(points) {
    if (points.length <= LIMITS.points) return points;
    const cut = points.length - LIMITS.rawPoints;
    const second = (point) => Math.floor(point.ts / 1000);
    const older = points.slice(0, cut).filter((point, i) => second(point) !== second(points[i + 1]));
    return [...older.slice(LIMITS.rawPoints - LIMITS.fewerPoints), ...points.slice(cut)];
  }

  function takeCandle(draft, bot, message) {
    const candle = message.data;
    const first = bot.candles[0];
    if (first && (first.timeframe !== candle.timeframe || first.symbol !== candle.symbol)) bot.candles = [];
    const candles = own(draft, bot, "candles");
    let i = candles.length;
    while (i > 0 && candles[i - 1].ts >= candle.ts) i -= 1;
    candles.splice(i, i < candles.length && candles[i].ts === candle.ts ? 1 : 0, candle);
    if (candles.length > LIMITS.candles) candles.shift();
  }

  function takeBeat(bot, message, at) {
    bot.beat = { ...message.data, at };
    const { feed_age_ms: ageMs } = message.data;
    if (typeof ageMs === "number") bot.feed = { at, ageMs };
  }

  function takeStatus(draft, bot, message, at) {
    const { data } = message;
    bot.status = { ...data, at, seq: message.seq };
    if (typeof data.feed_age_ms === "number") bot.feed = { at, ageMs: data.feed_age_ms };
    const before = bot.settled;
    if (["starting", "stopping", "offline"].includes(data.state)) return;
    bot.settled = data.state;
    if (before && before !== data.state) report(draft, message, { kind: "state", state: data.state, text: data.message });
  }

  function takeTrade(draft, bot, message) {
    const trade = { ...message.data, seq: message.seq, bot_id: message.bot_id };
    const isCounted = message.seq <= draft.picture.seq;
    const trades = ownTape(draft, "trades");
    trades.list.push(trade);
    if (!isCounted) trades.count += 1;
    report(draft, message, { kind: "trade", trade });
  }

  function takeAlert(draft, bot, message) {
    const { level, title, message: text, ts } = message.data;
    say(draft, { level, ts, title, text: text || "", isAlert: true, bot_id: message.bot_id });
    report(draft, message, { kind: "alert", level, title, text: text || "" });
  }

  function takeLog(draft, bot, message) {
    const { level, message: text, ts } = message.data;
    say(draft, { level: String(level).toLowerCase(), ts, title: "", text, isAlert: false, bot_id: message.bot_id });
  }

  const COMMANDS = {
    start_bot: "Start", stop_bot: "Stop", test_trade: "Test trade", close_position: "Close position", halt: "Halt",
    resume: "Resume", set_strategy: "Change strategy",
  };
  const nameOf = (command) => COMMANDS[command] || command;

  function takeOutcome(draft, bot, message) {
    const { command, ok, error } = message.data;
    const text = nameOf(command) + (ok ? ": done" : " refused: " + (error || "no reason was given"));
    say(draft, { level: ok ? "info" : "warning", ts: message.ts, title: "", text, isAlert: false, bot_id: message.bot_id });
  }

  function say(draft, entry) {
    const activity = ownTape(draft, "activity");
    activity.count += 1;
    activity.list.push({ ...entry, n: activity.count });
  }

  /** This frame's own copy of `trades` or `activity`. */
  function ownTape(draft, name) {
    if (!draft[name]) draft[name] = { ...draft.picture[name], list: draft.picture[name].list.slice() };
    return draft[name];
  }

  function report(draft, message, item) {
    if (draft.isSnapshot) return;
    draft.fresh.push({ ...item, key: message.bot_id + " " + message.seq, seq: message.seq, bot_id: message.bot_id });
  }

  function conclude(draft, isHidden) {
    const { picture, touched } = draft;
    const next = { ...picture };
    if (touched.size) next.per = { ...picture.per };
    for (const [id, bot] of touched) next.per[id] = { ...bot, points: thin(bot.points) };
    for (const name of ["trades", "activity"]) if (draft[name]) next[name] = trim(draft[name], LIMITS[name]);
    if (next.selected === null && touched.size) next.selected = touched.keys().next().value;
    next.news = scripts.news.add(next.news, draft.fresh, isHidden);
    return next;
  }

  function trim(tape, limit) {
    if (tape.list.length > limit) tape.list = tape.list.slice(-limit);
    return tape;
  }

  /** After a frame: the line's last seq is shown, and what waited for it may be told. */
  function reach(picture, seq, isHidden) {
    const news = scripts.news.reach(picture.news, seq, isHidden);
    return seq === picture.seq && news === picture.news ? picture : { ...picture, seq, news };
  }

  const select = (picture, id) => (picture.per[id] || picture.bots.some((bot) => bot.bot_id === id) ? { ...picture, selected: id } : picture);

  /** The bot that is shown, never null. */
  const shown = (picture) => picture.per[picture.selected] || NOBODY;
  const NOBODY = stranger();

  /** Is the bot connected to the relay? null while that is not known. */
  function isConnected(picture) {
    const bot = picture.bots.find((one) => one.bot_id === picture.selected);
    return bot ? Boolean(bot.connected) : null;
  }

  scripts.deck = { LIMITS, fold, isConnected, nameOf, reach, select, shown, start };
})();
