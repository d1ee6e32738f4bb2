/* The page's picture of the deck: a pure reducer over frames.

   fold(picture, frame, now, isHidden) -> picture. What a frame does not change stays the same object, so that a panel whose
   part is the same object has nothing to draw. Everything that grows has a limit, in LIMITS. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const LIMITS = { trades: 2000, activity: 500, points: 1500, fewerPoints: 1000, rawPoints: 400, candles: 1000 };
  /** Of a bot that is not shown: enough for its sparkline, and for the chart's first look when it is chosen. */
  const BACKGROUND = { points: 450, fewerPoints: 300, rawPoints: 60 };
  /** So many trades come with a snapshot at most: where it has them all, older ones are missing. */
  const SNAPSHOT_TRADES = 500;
  const CLOCK_WENT_BACK_MS = 60000;

  /** Before anything has come. */
  function start() {
    return {
      bots: [], selected: null, wanted: null, per: {}, seq: 0, tape: null, epoch: 0,
      trades: { epoch: 0, list: [], count: 0 },
      activity: { epoch: 0, list: [], count: 0 },
      news: scripts.news.start(),
    };
  }

  /** What is known of one bot. */
  const stranger = () => ({
    price: null, points: [], candles: [], status: null, stats: null, beat: null, heard: null, settled: null, feed: null,
    today: null,
  });

  /** What a frame brings is as old as the relay says, and as the frame is late. */
  function fold(picture, frame, now, isHidden) {
    const greeted = frame.hello ? greet(picture, frame, isHidden) : picture;
    const copies = { points: new Map(), candles: new Map() };
    const { messages } = frame;
    const draft = { before: picture, picture: greeted, messages, now: now - (frame.lateMs || 0), ts: frame.ts || now, fresh: [], isSnapshot: isSnapshot(frame), touched: new Map(), copies };
    for (const message of messages) take(draft, message);
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
      ...fresh, epoch, selected: picture.selected, wanted: picture.wanted, seq: count ? picture.seq : 0, news: scripts.news.forget(picture.news),
      trades: { epoch, list: [], count }, activity: { epoch, list: [], count: 0 },
    };
  }

  /** Shown is the bot that the reader wants, as soon as it is there; else the one that is shown, else the first. */
  function introduce(picture, bots) {
    const list = bots || [];
    const isThere = (id) => list.some((bot) => bot.bot_id === id);
    const found = [picture.wanted, picture.selected].find((id) => id !== null && isThere(id));
    return { bots: list, selected: found !== undefined ? found : list.length ? list[0].bot_id : picture.selected };
  }

  // One message. The draft's parts are copied once a frame, then changed in place until the frame is done.

  function take(draft, message) {
    const fold = TAKE[message.type];
    if (!fold) return;
    const at = draft.now - Math.max(0, draft.ts - message.ts);
    const bot = message.bot_id === undefined ? null : touch(draft, message.bot_id);
    if (bot && isOwnWord(message)) bot.heard = Math.max(Math.min(bot.heard || 0, draft.now), at);
    fold(draft, bot, message, at);
  }

  /** Outcomes, and that a bot is offline, are the relay's words and say nothing of how fresh the bot's are. */
  const isOwnWord = (message) => message.type !== "outcome" && !(message.type === "status" && message.data.state === "offline");

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
    if (last && data.ts < last.ts) {
      if (!hasGoneBack(draft, message, last)) return;
      Object.assign(bot, { points: [], candles: [], today: null });
    }
    bot.price = { text: String(data.price), ts: data.ts, symbol: data.symbol, change: data.change_24h_pct, at };
    bot.feed = { at, ageMs: 0 };
    bot.today = scripts.today.at(bot.today, data.ts);
    if (!isNewest(bot.points, data.ts, bot.price.text)) addPoint(own(draft, bot, "points"), { ts: data.ts, text: bot.price.text });
  }

  const isLongBefore = (price, last) => last.ts - price.ts >= CLOCK_WENT_BACK_MS;

  /** Has the market's clock gone back? Not where the frame ends with newer prices: a line that is back repeats minutes of old ones. */
  function hasGoneBack({ messages }, { bot_id, data }, last) {
    const isOfBot = (one) => one.type === "price" && one.bot_id === bot_id;
    return isLongBefore(data, last) && isLongBefore(messages.findLast(isOfBot).data, last);
  }

  const isNewest = (points, ts, text) => points.length > 0 && points[points.length - 1].ts === ts && points[points.length - 1].text === text;

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
  function thin(points, limits) {
    if (points.length <= limits.points) return points;
    const cut = points.length - limits.rawPoints;
    const second = (point) => Math.floor(point.ts / 1000);
    const older = points.slice(0, cut).filter((point, i) => second(point) !== second(points[i + 1]));
    return [...older.slice(limits.rawPoints - limits.fewerPoints), ...points.slice(cut)];
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
    draft.firstTradeAt ??= message.ts;
    trades.list.push(trade);
    bot.today = scripts.today.after(bot.today, trade);
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
    const done = ok ? nameOf(command) : null;
    say(draft, { level: ok ? "info" : "warning", ts: message.ts, title: "", text, done, isAlert: false, bot_id: message.bot_id });
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
    if (next.selected === null && touched.size) next.selected = touched.keys().next().value;
    for (const [id, bot] of touched) next.per[id] = kept(bot, id === next.selected ? LIMITS : BACKGROUND, oldestOf(draft, id));
    for (const name of ["trades", "activity"]) if (draft[name]) next[name] = trim(draft[name], LIMITS[name]);
    next.news = scripts.news.add(next.news, draft.fresh.map((item) => named(next, item)), isHidden);
    return draft.isSnapshot || isMany(picture) === isMany(draft.before) ? next : redrawn(next);
  }

  /** What is told says whose it is where there are several bots. */
  const named = (picture, item) => (isMany(picture) ? { ...item, bot: whose(picture, item.bot_id) } : item);

  const isMany = ({ bots }) => bots.length > 1;

  /** The bot's name where there are several, else "": of one alone nobody asks whose a word is. */
  function whose(picture, id) {
    const bot = isMany(picture) && picture.bots.find((one) => one.bot_id === id);
    return bot ? bot.name || id : "";
  }

  /** The lists are drawn from their beginning. */
  function redrawn(picture) {
    const epoch = picture.epoch + 1;
    return { ...picture, epoch, trades: { ...picture.trades, epoch }, activity: { ...picture.activity, epoch } };
  }

  const kept = (bot, limits, oldest) => ({ ...bot, points: thin(bot.points, limits), today: scripts.today.knownFrom(bot.today, oldest) });

  /** From when on a snapshot has all trades of a bot; without end where it has fewer than it may. A bot tells its trades in their
      order; of one that has none among them all were told before the relay was told the first of these. */
  function oldestOf({ firstTradeAt, isSnapshot, trades }, id) {
    if (!isSnapshot || !trades || trades.list.length < SNAPSHOT_TRADES) return -Infinity;
    const own = trades.list.find((trade) => trade.bot_id === id);
    return own ? own.ts : firstTradeAt;
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

  /** The same picture as one that nobody has drawn yet, by another clock: lists are drawn from their beginning. */
  function renew(picture) {
    const per = Object.fromEntries(Object.entries(picture.per).map(([id, bot]) => [id, anew(picture, id, bot)]));
    return redrawn({ ...picture, per });
  }

  const anew = ({ trades }, id, bot) => (bot.today ? { ...bot, today: scripts.today.again(trades.list, id, bot.price ? bot.price.ts : bot.today.from, bot.today.since) } : bot);

  /** The reader wants that bot: shown at once where it is known, else when it comes. */
  function select(picture, id) {
    const isKnown = Boolean(picture.per[id]) || picture.bots.some((bot) => bot.bot_id === id);
    return { ...picture, wanted: id, selected: isKnown ? id : picture.selected };
  }

  /** What is known of a bot, of the one that is shown unless told otherwise; never null. */
  const shown = (picture, id = picture.selected) => picture.per[id] || NOBODY;
  const NOBODY = stranger();

  /** Is the bot connected to the relay? null while that is not known. */
  function isConnected(picture, id = picture.selected) {
    const bot = picture.bots.find((one) => one.bot_id === id);
    return bot ? Boolean(bot.connected) : null;
  }

  /** The bot's state in the wire's word; offline while it is away or has said nothing. */
  function stateOf(picture, id = picture.selected) {
    const { status } = shown(picture, id);
    return isConnected(picture, id) === false || !status ? "offline" : status.state;
  }

  scripts.deck = { LIMITS, fold, isConnected, nameOf, reach, renew, select, shown, start, stateOf, whose };
})();
