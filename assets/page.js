/* The shell around the pure parts: the one place that knows the time, chance, the browser and the state between two turns.

   turn() is the callback of the WebSocket, the timer and the poke. It answers with `send` and `url`, and has each panel drawn
   whose slice of the picture changed. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** The timer ticks each half second. A turn that comes so much later finds a page that stood still, or slept. */
  const GAP = { still: 1500, asleep: 5000 };
  const cell = { booted: false, isFrozen: false, turnedAt: 0, line: null, picture: null, asked: null, inbox: [], slices: {}, seen: {}, pokes: 0 };

  const isHidden = () => document.visibilityState === "hidden";
  const isOnline = () => navigator.onLine !== false;
  const isAsleep = () => isHidden() || cell.isFrozen;

  function turn(message, state, ticks) {
    const now = Date.now();
    forgetPast();
    if (!cell.booted) boot(now);
    const gap = now - cell.turnedAt;
    const done = { url: undefined, isTick: changed("ticks", ticks) || gap > GAP.still };
    for (const event of arrivals(message, state, done.isTick, gap > GAP.asleep)) happen(event, now, done);
    cell.turnedAt = now;
    const said = done.url === undefined ? scripts.line.flush(cell.line, now) : { line: cell.line };
    cell.line = said.line;
    return answer(said.send, done, now);
  }

  /** Dash keeps every value that an input ever had, for its undo, and copies them all with each new one. Nothing is undone here. */
  function forgetPast() {
    for (const store of window.dash_stores || []) {
      const { history } = store.getState();
      if (history && history.past) history.past.length = 0;
    }
  }

  function boot(now) {
    const picture = { ...scripts.deck.start(), wanted: scripts.bots.wanted() };
    Object.assign(cell, { booted: true, turnedAt: now, line: scripts.line.start(now), picture, asked: scripts.controls.start() });
    document.addEventListener("visibilitychange", rouse);
    document.addEventListener("freeze", () => rouse({ isFrozen: true }));
    document.addEventListener("resume", () => rouse({ isFrozen: false }));
    window.addEventListener("pageshow", (event) => event.persisted && rouse({ isFrozen: false }));
    window.addEventListener("online", () => tell({ kind: "wake" }));
    window.addEventListener("offline", () => tell({ kind: "tick" }));
    const parts = ["modal", "account", "settings", "keys", "tabs", "notifications", "route", "backtest", "bots", "fleet", "hold", "more"];
    for (const name of parts) scripts[name].start();
  }

  /** The page falls asleep or wakes. What it shows is made true in this very moment: asleep nobody may come to do it. */
  function rouse({ isFrozen = cell.isFrozen }) {
    cell.isFrozen = isFrozen;
    const { truth, ...others } = cell.slices;
    cell.slices = { ...others, truth: scripts.connection.view(cell.line, cell.picture, Date.now(), isOnline(), isAsleep()) };
    scripts.connection.paint(cell.slices.truth);
    tell({ kind: isAsleep() ? "tick" : "wake" });
  }

  /** Something happened outside of Dash: the next turn takes it. */
  function tell(event) {
    cell.inbox.push(event);
    cell.pokes += 1;
    scripts.set_props("line-poke", { data: cell.pokes });
  }

  function changed(name, value) {
    const isNew = value !== undefined && value !== null && cell.seen[name] !== value;
    cell.seen[name] = value;
    return isNew;
  }

  function arrivals(message, state, isTick, hasSlept) {
    const events = [];
    if (changed("state", state)) events.push({ kind: "state", readyState: state.readyState, stamp: state.timeStamp });
    if (hasSlept) events.push({ kind: "wake" });
    if (changed("message", message)) events.push({ kind: "message", data: message.data, stamp: message.timeStamp });
    events.push(...cell.inbox.splice(0));
    if (isTick) events.push({ kind: "tick" });
    return events;
  }

  function happen(event, now, done) {
    if (event.kind === "redraw") return void Object.assign(cell, { picture: scripts.deck.renew(cell.picture), slices: {} });
    if (event.kind === "select") return select(event.bot_id);
    if (event.kind === "hint") return void (cell.asked = scripts.controls.hint(cell.asked, event.bot_id || cell.picture.selected, event.text, now));
    if (event.kind === "wake" && !isHidden()) cell.picture = { ...cell.picture, news: scripts.news.look(cell.picture.news) };
    if (event.kind === "command") cell.asked = scripts.controls.begin(cell.asked, event.command, now);
    const step = scripts.line.step(cell.line, event, now, Math.random);
    cell.line = step.line;
    scripts.account.follow(step.line.isOut, Boolean(step.frame && step.frame.hello));
    if (step.url !== undefined) done.url = step.url;
    if (step.frame) cell.picture = scripts.deck.fold(cell.picture, step.frame, now, isHidden());
    if (step.frame) cell.picture = scripts.deck.reach(cell.picture, cell.line.seq, isHidden());
    settle(step, now);
  }

  function settle(step, now) {
    const outcomes = (step.frame && step.frame.outcomes) || [];
    const { asked, refused, proofs } = scripts.controls.settle(cell.asked, outcomes, step.expired || [], cell.picture, now);
    cell.asked = asked;
    for (const act of proofs) scripts.account_proof.ask(act);
    if (!refused.length) return;
    const items = refused.map((one) => ({ kind: "refusal", key: "refusal " + one.id, text: spoken(one) }));
    cell.picture = { ...cell.picture, news: scripts.news.say(cell.picture.news, items) };
  }

  /** A refusal, with its bot's name where there are several. */
  function spoken({ bot_id, text }) {
    const name = whose(bot_id);
    return name ? name + ": " + text : text;
  }

  function select(id) {
    cell.picture = scripts.deck.select(cell.picture, id);
    scripts.bots.keep(id);
  }

  /** A button was pressed: once, with an id of its own; for the bot that is shown unless told otherwise. `isAgain`: the
      password was given for it. */
  function command(name, { bot_id = cell.picture && cell.picture.selected, args, isAgain } = {}) {
    if (!bot_id) return;
    tell({ kind: "command", command: { id: newId(), command: name, bot_id, args: args || argsOf(name, bot_id), isAgain } });
  }

  function argsOf(name, bot_id) {
    const { position } = scripts.deck.shown(cell.picture, bot_id).status || {};
    return name === "test_trade" ? { side: position ? "sell" : "buy" } : {};
  }

  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  function answer(send, done, now) {
    const held = cell.slices;
    cell.slices = slices(now, done.isTick);
    scripts.panels.paint(cell.slices, held);
    if (isLoaded()) scripts.later.load();
    const none = scripts.no_update;
    return [send === undefined ? none : send, done.url === undefined ? none : done.url];
  }

  function slices(now, isTick) {
    const { line, picture, asked, slices: held } = cell;
    const bot = scripts.deck.shown(picture);
    const connection = scripts.line.connection(line, isOnline());
    const clock = isTick || !held.clock ? Math.floor(now / 1000) : held.clock;
    const seenTruth = truth(held, connection, isTick, clock, now);
    return {
      price: bot.price,
      chart: same(held.chart, { points: bot.points, candles: bot.candles, bot: picture.selected, visit: line.dials }),
      status: same(held.status, { status: bot.status, beat: bot.beat, today: bot.today, bot: picture.selected }),
      stats: bot.stats,
      trades: picture.trades,
      activity: picture.activity,
      news: picture.news,
      truth: seenTruth,
      bots: scripts.bots.slice(held.bots, picture),
      fleet: same(held.fleet, { picture, line, asked, connection }),
      controls: alike(held.controls, scripts.controls.view(picture, connection, asked, seenTruth.hops)),
      clock,
      seq: picture.seq,
      tape: picture.tape,
    };
  }

  /** Ages count by the second; what turns late, stale or fresh again shows at once. */
  function truth(held, connection, isTick, clock, now) {
    const isSame = held.truth && held.truth.connection === connection && held.bots.selected === cell.picture.selected;
    if (isSame && !isTick) return held.truth;
    const next = scripts.connection.view(cell.line, cell.picture, now, isOnline(), isAsleep());
    const isNews = !held.truth || clock !== held.clock || next.connection !== held.truth.connection || next.levels !== held.truth.levels;
    return isNews ? alike(held.truth, next) : held.truth;
  }

  /** The held object when every part of the new one is the same. */
  const same = (held, next) => (held && Object.keys(next).every((key) => held[key] === next[key]) ? held : next);

  /** The held object when the new one says the same. */
  const alike = (held, next) => (held && JSON.stringify(held) === JSON.stringify(next) ? held : next);

  /** The newest trade with that key ({id, of}, see assets/route.js); undefined when the page does not hold it. */
  const trade = (key) => (cell.picture ? cell.picture.trades.list.findLast((one) => scripts.route.isOf(one, key)) : undefined);

  /** The bot's name where there are several, else "". */
  const whose = (id) => (cell.picture ? scripts.deck.whose(cell.picture, id) : "");

  /** The newest price of the bot that is shown, or null. */
  const price = () => cell.slices.price || null;

  const isLoaded = () => Boolean(cell.picture && cell.picture.epoch);

  scripts.page = { command, isLoaded, price, tell, trade, turn, whose };
})();
