/* The page's end of the line: a pure state machine over raw Engine.IO frames.

   step(line, event, now, random) -> {line, url?, frame?, expired?}    something happened
   A line that `isOut` belongs to nobody who is logged in: it rests (phase "out"), and is tried once each time somebody looks.
   flush(line, now) -> {line, send?}                                   what to say now, at most one thing a turn

   `line` is never changed in place. `send` and `url` are what the WebSocket component should be given, `frame` what came and
   is new: {hello, messages, outcomes, ts}. The protocol and the reasons for it are in docs/architecture.md, "The page's line".
   The component sends only the last of several values and never the same one twice, and it shows only the last of several
   messages: so each thing said has a number of its own, and everything that matters is said again until it is answered. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const URL = "/socket.io/?EIO=4&transport=websocket&r=";
  const WAIT = { dial: 10000, join: 5000, silence: 8000, resend: 1000, giveUp: 15000, pongGrace: 2000, doubt: 2500 };
  /** Two clocks part by less than this share of the time. */
  const CLOCKS_PART = 0.001;
  const BACKOFF = { least: 500, most: 15000, share: 1 / 6 };

  /** A line that has just dialled for the first time. */
  function start(now) {
    return {
      phase: "connecting", since: now, heardAt: now, everLive: false, isOut: false,
      dials: 0, attempt: 0, lostAt: null, wokenAt: 0, retryAt: null, refusal: null, openStamp: 0,
      pingInterval: 25000, pongAt: now, turn: 0,
      tape: null, seq: 0, applied: null, hello: false, drift: null, driftAt: now,
      owes: { join: false, ack: false, pong: false }, commands: [],
    };
  }

  const step = (line, event, now, random) => HANDLERS[event.kind](line, event, now, random);

  // What goes out: one thing a turn, the most urgent first.

  function flush(line, now) {
    if (line.phase !== "joining" && line.phase !== "live") return { line };
    if (line.owes.join) return post(line, { join: false }, (turn) => "40/page," + JSON.stringify(greeting(line, turn)));
    if (line.phase === "live" && (line.owes.ack || due(line, now).length)) return sync(line, now);
    if (line.owes.pong) return post({ ...line, pongAt: now }, { pong: false }, (turn) => "3" + turn);
    return { line };
  }

  function post(line, paid, text) {
    const turn = line.turn + 1;
    return { line: { ...line, turn, owes: { ...line.owes, ...paid } }, send: text(turn) };
  }

  const greeting = (line, turn) => ({ tape: line.tape, seq: line.seq, turn });

  const due = (line, now) =>
    line.commands.filter((command) => command.sentAt === null || now - command.sentAt >= WAIT.resend);

  function sync(line, now) {
    const out = due(line, now);
    const ids = new Set(out.map((command) => command.id));
    const commands = line.commands.map((command) => (ids.has(command.id) ? { ...command, sentAt: now } : command));
    return post({ ...line, commands }, { ack: false }, (turn) => {
      const body = { ack: line.applied, turn };
      if (out.length) body.commands = out.map(({ id, command, bot_id, args }) => ({ id, command, bot_id, args }));
      return '42/page,["sync",' + JSON.stringify(body) + "]";
    });
  }

  // What comes in.

  const HANDLERS = { state: onState, message: onMessage, tick: onTick, wake: onWake, command: onCommand, over: onOver };
  const isResting = (line) => line.phase === "waiting" || line.phase === "out";

  function onState(line, event, now, random) {
    if (event.readyState === 1) {
      const opened = { ...line, openStamp: event.stamp || 0, heardAt: now };
      return { line: line.phase === "waiting" ? { ...opened, phase: "connecting", since: now } : opened };
    }
    const closed = event.readyState === 3 && !isResting(line);
    return { line: closed ? lose(line, now, random) : line };
  }

  function onMessage(line, event, now, random) {
    const isStale = event.stamp && event.stamp < line.openStamp;
    if (isStale || typeof event.data !== "string" || isResting(line)) return { line };
    const packet = event.data;
    if (packet[0] === "0") return { line: onOpen(line, packet, now) };
    if (line.phase === "connecting") return { line };
    if (packet[0] === "2") return { line: owing(line, "pong") };
    if (packet.startsWith("41/page")) return { line: lose(line, now, random) };
    if (packet.startsWith("44/page")) return onRefusal({ ...line, refusal: refusal(packet) }, event, now, random);
    if (packet.startsWith('42/page,["frame"')) return onFrame(line, packet, now, random);
    return { line: packet[0] === "1" ? lose(line, now, random) : line };
  }

  function onOpen(line, packet, now) {
    const open = read(packet.slice(1)) || {};
    const owes = { join: true, ack: false, pong: false };
    const pingInterval = open.pingInterval || line.pingInterval;
    return { ...line, phase: "joining", since: now, heardAt: now, pingInterval, pongAt: now, applied: null, hello: false, owes };
  }

  const refusal = (packet) => (read(packet.slice("44/page,".length)) || {}).message || "The relay refused this page.";

  const onRefusal = (line, event, now, random) =>
    scripts.account.isRefusal(line.refusal) ? onOver(line, event, now, random) : { line: lose(line, now, random) };

  /** Nobody is logged in here any more. What was asked and not answered is given up: it must not be done for somebody else. */
  function onOver(line, event, now, random) {
    return { line: { ...lose({ ...line, isOut: true }, now, random), commands: [] }, expired: line.commands };
  }

  function read(text) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  function onFrame(line, packet, now, random) {
    const event = read(packet.slice("42/page,".length));
    const frame = event && event[1];
    if (!frame || typeof frame.n !== "number" || !(line.hello || frame.hello)) return { line };
    const { line: heard, lateMs } = hear(line, frame, now);
    const answered = answer(heard, frame.outcomes || []);
    const isKnown = line.applied !== null && frame.n <= line.applied;
    return isKnown ? again(answered, frame) : take(answered.line, { ...frame, lateMs }, answered.outcomes, now, random);
  }

  /** How late a frame is, by the relay's clock: one that waited in the socket while this page slept is as old as that. The
      least difference of the two clocks on this connection is the measure. */
  function hear(line, frame, now) {
    const drift = now - frame.ts;
    const isFirst = line.drift === null || line.applied === null;
    const least = isFirst ? drift : Math.min(drift, line.drift + (now - line.driftAt) * CLOCKS_PART);
    const lateMs = Math.round(drift - least);
    return { line: { ...line, drift: least, driftAt: now, heardAt: Math.max(Math.min(line.heardAt, now), now - lateMs) }, lateMs };
  }

  const owing = (line, what) => ({ ...line, owes: { ...line.owes, [what]: true } });

  /** The outcomes of commands that this page still waits for; each counts once, however often it comes. */
  function answer(line, all) {
    const outcomes = all.filter((outcome) => line.commands.some((command) => command.id === outcome.id));
    if (!outcomes.length) return { line, outcomes };
    const ids = new Set(outcomes.map((outcome) => outcome.id));
    return { line: { ...line, commands: line.commands.filter((command) => !ids.has(command.id)) }, outcomes };
  }

  /** A frame that came before, or a quiet one: nothing new but perhaps an outcome, and acknowledged all the same. */
  function again({ line, outcomes }, frame) {
    const next = owing(line, "ack");
    return outcomes.length ? { line: next, frame: { hello: null, messages: [], outcomes, ts: frame.ts } } : { line: next };
  }

  function take(line, frame, outcomes, now, random) {
    const hello = line.applied === null ? frame.hello || null : null;
    const greeted = hello ? { ...line, hello: true, tape: hello.tape } : line;
    const taken = admit(line.seq, hello, frame.messages || []);
    const fresh = { hello, messages: taken.messages, outcomes, ts: frame.ts, lateMs: frame.lateMs };
    if (hello && line.lostAt !== null) fresh.absentMs = now - line.lostAt;
    const next = { ...greeted, seq: taken.seq };
    if (taken.gap) return { line: lose(next, now, random), frame: fresh };
    return { line: owing(live({ ...next, applied: frame.n }, now), "ack"), frame: fresh };
  }

  function live(line, now) {
    if (line.phase === "live") return line;
    return { ...line, phase: "live", since: now, everLive: true, isOut: false, attempt: 0, lostAt: null, retryAt: null, refusal: null };
  }

  /** The messages that are new, up to the first gap in `seq`. A snapshot's own come in any order and are all new. */
  function admit(held, hello, all) {
    const isSnapshot = Boolean(hello) && hello.kind === "snapshot";
    const messages = [];
    let seq = isSnapshot ? hello.seq : held;
    for (const message of all) {
      if (typeof message.seq === "number" && !(isSnapshot && message.seq <= hello.seq)) {
        if (message.seq <= seq) continue;
        if (message.seq !== seq + 1) return { messages, seq, gap: true };
        seq = message.seq;
      }
      messages.push(message);
    }
    return { messages, seq, gap: false };
  }

  // Losing the line and getting it back.

  /** Wait for another try: longer the longer the line has been away while somebody looked, never more than a sixth of that. */
  function lose(line, now, random) {
    const lostAt = line.lostAt === null ? Math.min(now, line.heardAt) : line.lostAt;
    const rest = line.isOut ? { phase: "out", retryAt: null } : { phase: "waiting", retryAt: now + pause(now - Math.max(lostAt, line.wokenAt), random) };
    const commands = line.commands.map((command) => ({ ...command, sentAt: null }));
    const owes = { join: false, ack: false, pong: false };
    return { ...line, ...rest, since: now, attempt: line.attempt + 1, lostAt, applied: null, hello: false, owes, commands };
  }

  function pause(awayMs, random) {
    const base = Math.min(BACKOFF.most, Math.max(BACKOFF.least, awayMs * BACKOFF.share));
    return Math.min(BACKOFF.most, Math.round(base * (0.8 + 0.4 * random())));
  }

  function dial(line, now) {
    const dials = line.dials + 1;
    return { line: { ...line, phase: "connecting", since: now, retryAt: null, dials, heardAt: now }, url: URL + dials };
  }

  function onTick(line, event, now, random) {
    if (line.phase === "out") return expire(line, now);
    if (line.phase === "waiting") return now >= line.retryAt ? dial(line, now) : expire(line, now);
    const waited = now - line.since;
    const isLost =
      (line.phase === "connecting" && waited > WAIT.dial) ||
      (line.phase === "joining" && waited > WAIT.join) ||
      (line.phase === "live" && now - line.heardAt > WAIT.silence);
    if (isLost) return { line: lose(line, now, random) };
    const isPongLate = line.phase === "live" && now - line.pongAt > line.pingInterval + WAIT.pongGrace;
    return expire(isPongLate ? owing(line, "pong") : line, now);
  }

  /** Commands that nobody answered for long are no longer asked; what became of them is for the bot's status to say. */
  function expire(line, now) {
    const expired = line.commands.filter((command) => now - command.at > WAIT.giveUp);
    if (!expired.length) return { line };
    return { line: { ...line, commands: line.commands.filter((command) => !expired.includes(command)) }, expired };
  }

  /** Somebody looks again, or the network is back. A line that was silent for longer than a living one is not waited for. */
  function onWake(line, event, now, random) {
    const woken = { ...line, wokenAt: now };
    if (isResting(line)) return dial(woken, now);
    return now - line.heardAt > WAIT.doubt ? dial(lose(woken, now, random), now) : { line: woken };
  }

  function onCommand(line, event, now) {
    const isKnown = line.commands.some((command) => command.id === event.command.id);
    return { line: isKnown ? line : { ...line, commands: [...line.commands, { ...event.command, at: now, sentAt: null }] } };
  }

  /** `data-connection`: connecting, connected, reconnecting or offline. */
  function connection(line, isOnline) {
    if (line.phase === "live") return "connected";
    if (!isOnline || line.isOut) return "offline";
    return line.everLive || line.attempt > 0 ? "reconnecting" : "connecting";
  }

  scripts.line = { BACKOFF, WAIT, connection, flush, pause, start, step };
})();
