/* The buttons that act, and what became of what they asked. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const SETTLES = { start_bot: ["running"], stop_bot: ["stopped", "halted"], test_trade: null };
  const PATIENCE_MS = 20000;
  const NOTE_MS = 12000;
  const IS_UP = ["running", "stopping"];

  /** What was asked and is not settled: `acts`, and the last refusal: `note`. */
  const start = () => ({ acts: [], note: null });

  const begin = (asked, command, now) => ({ acts: [...asked.acts, { ...command, at: now, isAnswered: false }], note: null });

  /** After outcomes, expiries and the bot's own word: -> {asked, refused: [{text}]}. */
  function settle(asked, outcomes, expired, picture, now) {
    if (!asked.acts.length && !asked.note) return { asked, refused: [] };
    const refused = [];
    const acts = [];
    for (const act of asked.acts) {
      const outcome = outcomes.find((one) => one.id === act.id);
      const sentence = refusal(act, outcome, expired, now);
      if (sentence) refused.push({ text: sentence, at: now });
      const next = outcome && !act.isAnswered ? { ...act, isAnswered: true } : act;
      if (!sentence && !isSettled(next, picture)) acts.push(next);
    }
    return { asked: { acts, note: noteAfter(asked.note, refused, now) }, refused };
  }

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
    const wanted = SETTLES[act.command];
    return !wanted || Boolean(bot && bot.status && wanted.includes(bot.status.state));
  }

  const noteAfter = (note, refused, now) =>
    refused.length ? refused[refused.length - 1] : note && now - note.at < NOTE_MS ? note : null;

  /** How the buttons stand: {state, mode, start, stop, test, note}. */
  function view(picture, connection, asked) {
    const bot = scripts.deck.shown(picture);
    const isConnected = scripts.deck.isConnected(picture);
    const state = isConnected === false || !bot.status ? "offline" : bot.status.state;
    const mode = (bot.status && bot.status.mode) || "";
    const why = obstacle(picture, connection, isConnected);
    const waiting = (command) => asked.acts.some((act) => act.command === command && act.bot_id === picture.selected);
    return {
      state, mode, bot: picture.selected,
      start: startButton(state, why, waiting),
      stop: stopButton(state, why, waiting),
      test: testButton(mode, why, waiting("test_trade")),
      note: asked.note ? asked.note.text : why,
      isRefusal: Boolean(asked.note),
    };
  }

  function obstacle(picture, connection, isConnected) {
    if (connection === "connecting") return "Connecting to the relay.";
    if (connection !== "connected") return "Off: no line to the relay.";
    if (!picture.selected) return "Off: no bot has connected yet.";
    return isConnected === false ? "Off: the bot is not connected to the relay." : "";
  }

  function startButton(state, why, waiting) {
    const isWaiting = state === "starting" || waiting("start_bot");
    const isShown = isWaiting || !IS_UP.includes(state);
    return { text: isWaiting ? "Starting…" : "▶ Start bot", off: Boolean(why) || isWaiting, isShown, why };
  }

  function stopButton(state, why, waiting) {
    const isWaiting = state === "stopping" || waiting("stop_bot");
    const isShown = isWaiting || IS_UP.includes(state) || state === "starting" || waiting("start_bot");
    return { text: isWaiting ? "Stopping…" : "■ Stop bot", off: Boolean(why) || isWaiting, isShown, why };
  }

  function testButton(mode, why, isWaiting) {
    const reason = why || (mode === "live" ? "Test trades are for simulated and paper bots." : "");
    return { text: isWaiting ? "Testing…" : "Test trade", off: Boolean(reason) || isWaiting, isShown: true, why: reason };
  }

  const MODES = { simulated: "SIMULATED", paper: "PAPER", live: "LIVE" };

  function paint(controls) {
    if (!controls) return;
    const { attribute, text } = scripts.dom;
    attribute("deck", "data-bot-status", controls.state);
    attribute("deck", "data-mode", controls.mode);
    text("mode-badge", MODES[controls.mode] || (controls.bot === null ? "NO BOT" : "NO STATUS"));
    attribute("mode-badge", "data-mode", controls.mode || "none");
    paintButton("start-button", controls.start);
    paintButton("stop-button", controls.stop);
    paintButton("test-trade-button", controls.test);
    text("action-note", controls.note);
    attribute("action-note", "data-refusal", controls.isRefusal ? "true" : null);
  }

  function paintButton(id, button) {
    const { attribute, hide, property, text } = scripts.dom;
    text(id, button.text);
    property(id, "disabled", button.off);
    attribute(id, "title", button.off && button.why ? button.why : null);
    attribute(id, "aria-describedby", "action-note");
    hide(id, !button.isShown);
  }

  const COMMANDS = { "start-button": "start_bot", "stop-button": "stop_bot", "test-trade-button": "test_trade" };

  /** Wired to the buttons' clicks. */
  function press() {
    const id = scripts.callback_context.triggered_id;
    if (COMMANDS[id]) scripts.page.command(COMMANDS[id]);
  }

  scripts.controls = { begin, paint, press, settle, start, view };
})();
