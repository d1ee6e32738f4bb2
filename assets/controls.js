/* The buttons that act, and what became of what they asked. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** When the bot's own word says that a command is done; null: its answer is enough. A bot in error says so until the error is over. */
  const SETTLES = {
    start_bot: ({ state }) => state === "running",
    stop_bot: ({ state }) => ["stopped", "halted", "error"].includes(state),
    halt: ({ state }) => state === "halted",
    resume: ({ state }) => state !== "halted",
    close_position: ({ position }) => !position,
    test_trade: null,
  };
  /** The end of what a live bot says for as long as the exchange's figures and its own differ (bot/core/reconciliation.py). */
  const DIFFERS = "resume takes the exchange's figures over.";
  const PATIENCE_MS = 20000;
  const NOTE_MS = 12000;
  const IS_UP = ["running", "stopping"];
  const HALTED = "Start is off: the bot is halted. Resume it first.";
  const STOPPABLE = " Stop and halt are sent all the same.";
  const STOPPED_IN_ERROR = "Stopped: the bot opens nothing new when the error is over.";

  /** What was asked and is not settled: `acts`, and by bot what was last said of it: `notes`. */
  const start = () => ({ acts: [], notes: {} });

  function begin(asked, command, now) {
    const { [command.bot_id]: gone, ...notes } = asked.notes;
    return { acts: [...asked.acts, { ...command, at: now, isAnswered: false }], notes };
  }

  /** A word to the reader about one bot's buttons, for a while. */
  const hint = (asked, bot_id, text, now) => ({ ...asked, notes: { ...asked.notes, [bot_id]: { text, at: now } } });

  /** After outcomes, expiries and the bot's own word: -> {asked, refused: [{id, bot_id, text}], proofs}. `proofs` are the acts
      for which the password has to be given again. */
  function settle(asked, outcomes, expired, picture, now) {
    if (!asked.acts.length && !Object.keys(asked.notes).length) return { asked, refused: [], proofs: [] };
    const refused = [];
    const told = [];
    const proofs = [];
    const acts = [];
    for (const act of asked.acts) {
      const outcome = outcomes.find((one) => one.id === act.id);
      if (isAskedAgain(act, outcome)) {
        proofs.push(act);
        continue;
      }
      const sentence = refusal(act, outcome, expired, now);
      if (sentence) refused.push({ id: act.id, bot_id: act.bot_id, text: sentence, at: now, isRefusal: true });
      const next = outcome && !act.isAnswered ? { ...act, isAnswered: true } : act;
      if (sentence) continue;
      if (!isSettled(next, picture)) acts.push(next);
      else if (isStoppedInError(next, picture)) told.push({ bot_id: act.bot_id, text: STOPPED_IN_ERROR, at: now });
    }
    return { asked: { acts, notes: notesAfter(asked.notes, [...refused, ...told], now) }, refused, proofs };
  }

  /** Only once: what is refused after the password was given stays refused. */
  const isAskedAgain = (act, outcome) => Boolean(outcome) && !outcome.ok && outcome.needs === "proof" && !act.isAgain;

  function refusal(act, outcome, expired, now) {
    const name = scripts.deck.nameOf(act.command);
    if (outcome && !outcome.ok) return name + " refused: " + (outcome.error || "no reason was given.");
    if (expired.some((command) => command.id === act.id)) return name + ": no answer. It may have happened; the bot's state tells.";
    if (now - act.at > PATIENCE_MS) return name + ": accepted, but the bot has not said that it is done.";
    return null;
  }

  function isSettled(act, picture) {
    if (!act.isAnswered) return false;
    const bot = picture.per[act.bot_id];
    const isDone = SETTLES[act.command];
    return !isDone || Boolean(bot && bot.status && isDone(bot.status));
  }

  /** The bot's state will not tell that it was stopped. */
  const isStoppedInError = ({ command, bot_id }, picture) => command === "stop_bot" && picture.per[bot_id].status.state === "error";

  function notesAfter(notes, fresh, now) {
    const lasting = Object.entries(notes).filter(([, note]) => now - note.at < NOTE_MS);
    return Object.fromEntries([...lasting, ...fresh.map((note) => [note.bot_id, note])]);
  }

  /** How the buttons of the bot that is shown stand: {state, mode, bot, start, stop, test, close, halt, resume, note, isRefusal}.
      `hops`, where given, is the truth about that bot's line: a button that needs a hop in trouble is off and says since when;
      stop and halt, which cannot wait, only once it is stale. */
  function view(picture, connection, asked, hops) {
    return viewOf(picture, picture.selected, connection, asked, hops);
  }

  function viewOf(picture, id, connection, asked, hops) {
    const { status } = scripts.deck.shown(picture, id);
    const state = scripts.deck.stateOf(picture, id);
    const mode = (status && status.mode) || "";
    const why = obstacle(picture, id, connection, hops, scripts.connection.isTroubled);
    const whyNoStop = obstacle(picture, id, connection, hops, isStale);
    const silent = why ? "" : silence(hops);
    const waiting = (command) => asked.acts.some((act) => act.command === command && act.bot_id === id);
    const note = asked.notes[id];
    return {
      state, mode, bot: id,
      start: startButton(state, why, waiting),
      stop: stopButton(state, whyNoStop, waiting),
      test: testButton(mode, why || silent, waiting("test_trade"), state !== "error"),
      close: closeButton(status, why, waiting("close_position")),
      halt: button(waiting("halt") ? "Halting…" : "Halt…", whyNoStop, waiting("halt"), state !== "halted"),
      resume: button(waiting("resume") ? "Resuming…" : "Resume", why, waiting("resume"), state === "halted" || isDiffering(status, state)),
      note: note ? note.text : (why && !whyNoStop ? why + STOPPABLE : why) || (state === "halted" ? HALTED : "") || (mode === "live" ? "" : silent),
      isRefusal: Boolean(note && note.isRefusal),
    };
  }

  const isStale = (hop) => hop.level === "stale";

  function obstacle(picture, id, connection, hops, isTrouble) {
    if (scripts.account.isOut()) return "Off: you are logged out.";
    if (scripts.account.isViewer()) return scripts.account.VIEWER;
    if (connection === "connecting") return "Connecting to the relay.";
    if (connection !== "connected") return "Off: no line to the relay.";
    if (!id) return "Off: no bot has connected yet.";
    if (scripts.deck.isConnected(picture, id) === false) return "Off: the bot is not connected to the relay.";
    if (hops && isTrouble(hops.page)) return "Off: the relay has been silent since " + since(hops.page);
    if (hops && isTrouble(hops.bot)) return "Off: the bot has been silent since " + since(hops.bot);
    return "";
  }

  /** Nothing new is opened until the difference is settled, which resume does in whatever state. */
  const isDiffering = (status, state) =>
    Boolean(status) && state !== "offline" && status.mode === "live" && String(status.message || "").endsWith(DIFFERS);

  const silence = (hops) =>
    hops && scripts.connection.isTroubled(hops.market) ? "Test trade is off: no new price since " + since(hops.market) : "";

  const since = (hop) => scripts.format.time(hop.since) + ".";

  const button = (text, why, isWaiting, isShown) => ({ text, off: Boolean(why) || isWaiting, isShown, why });

  function startButton(state, why, waiting) {
    const isWaiting = state === "starting" || waiting("start_bot");
    const reason = why || (state === "halted" ? HALTED : "");
    return button(isWaiting ? "Starting…" : "▶ Start bot", reason, isWaiting, isWaiting || !IS_UP.includes(state));
  }

  /** A bot in error may go on by itself, so that it can be stopped as well as started. */
  function stopButton(state, why, waiting) {
    const isWaiting = state === "stopping" || waiting("stop_bot");
    const isShown = isWaiting || [...IS_UP, "starting", "error"].includes(state) || waiting("start_bot");
    return button(isWaiting ? "Stopping…" : "■ Stop bot", why, isWaiting, isShown);
  }

  /** A bot in error has nothing to try; its place is for both start and stop, also on the narrowest phone. */
  function testButton(mode, why, isWaiting, isShown) {
    const reason = mode === "live" ? "Test trades are for simulated and paper bots." : why;
    return button(isWaiting ? "Testing…" : "Test trade", reason, isWaiting, isShown);
  }

  function closeButton(status, why, isWaiting) {
    const reason = why || (status && status.position ? "" : "There is no position to close.");
    return button(isWaiting ? "Closing…" : "Close position…", reason, isWaiting, true);
  }

  const MODES = { simulated: "SIMULATED", paper: "PAPER", live: "LIVE" };
  const badge = (mode, isBot) => MODES[mode] || (isBot ? "NO STATUS" : "NO BOT");

  function paint(controls) {
    if (!controls) return;
    const { attribute, text } = scripts.dom;
    attribute("deck", "data-bot-status", controls.state);
    attribute("deck", "data-mode", controls.mode);
    text("mode-badge", badge(controls.mode, controls.bot !== null));
    attribute("mode-badge", "data-mode", controls.mode || "none");
    paintButton("start-button", controls.start);
    paintButton("stop-button", controls.stop);
    paintButton("test-trade-button", controls.test);
    attribute("start-button", "data-command", "start_bot");
    attribute("start-button", "data-hold", controls.mode === "live" ? controls.bot : null);
    text("action-note", controls.note);
    attribute("action-note", "data-refusal", controls.isRefusal ? "true" : null);
    scripts.more.paint(controls);
  }

  function paintButton(target, seen) {
    const { attribute, hide, property, text } = scripts.dom;
    text(target, seen.text);
    property(target, "disabled", seen.off);
    attribute(target, "title", seen.off && seen.why ? seen.why : null);
    attribute(target, "aria-describedby", "action-note");
    hide(target, !seen.isShown);
  }

  const COMMANDS = { "start-button": "start_bot", "stop-button": "stop_bot", "test-trade-button": "test_trade" };

  /** Wired to the buttons' clicks. */
  function press() {
    const id = scripts.callback_context.triggered_id;
    if (COMMANDS[id]) scripts.page.command(COMMANDS[id]);
  }

  scripts.controls = { badge, begin, hint, paint, press, settle, start, view, viewOf };
})();
