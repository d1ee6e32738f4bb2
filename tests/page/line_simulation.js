/* A relay and a bad network around the page's pure line and reducer, in virtual time.

   simulate(steps) plays the steps, then lets the network be good for a while, and says what the page has. The relay here
   follows docs/architecture.md ("The page's line") and nothing else. */
window.simulate = function (steps) {
  const { line: lines, deck } = window.dash_clientside;
  const SNAPSHOT_BEYOND = 40;
  const PER_FRAME = 5;
  const random = () => 0.5;

  const world = { now: 1000000, tape: [], done: [], asked: 0, sockets: 0, problems: [], outcomes: 0, expired: 0, waits: [] };
  const page = { line: lines.start(world.now), picture: deck.start(), mail: [] };
  let socket = null;

  function dial() {
    socket = { id: (world.sockets += 1), down: [], up: [], open: true, session: null, stamp: world.now };
    page.mail = [{ kind: "state", readyState: 0 }, { kind: "state", readyState: 1, stamp: world.now }];
    socket.down.push('0{"sid":"s","pingInterval":25000,"pingTimeout":20000}');
  }

  function cut() {
    if (!socket.open) return;
    socket.open = false;
    socket.down = socket.up = [];
    page.mail.push({ kind: "state", readyState: 3 });
  }

  // The relay.

  const latest = () => world.tape.length;

  function take(packet) {
    if (packet.startsWith("40/page,")) return welcome(JSON.parse(packet.slice(8)));
    if (!packet.startsWith('42/page,["sync"')) return;
    const { session } = socket;
    const sync = JSON.parse(packet.slice(8))[1];
    for (const command of sync.commands || []) obey(command);
    if (session && session.flight && sync.ack === session.flight.n) {
      Object.assign(session, { seq: session.flight.upTo, acked: sync.ack, flight: null });
      session.outcomes = session.outcomes.filter((outcome) => !session.sentOutcomes.includes(outcome));
    }
    offer();
  }

  function welcome({ tape, seq }) {
    const isKnown = tape === "T" && seq > 0 && latest() - seq <= SNAPSHOT_BEYOND;
    socket.session = { n: 0, acked: 0, seq: isKnown ? seq : null, flight: null, sentAt: 0, greeted: false, outcomes: [] };
    socket.down.push('40/page,{"sid":"p"}');
    offer();
  }

  function obey(command) {
    const isNew = !world.done.includes(command.id);
    if (isNew) world.done.push(command.id);
    if (socket.session) socket.session.outcomes.push({ id: command.id, command: command.command, ok: true });
  }

  function offer() {
    const { session } = socket;
    if (!session || session.flight) return;
    const isQuiet = session.greeted && session.seq === latest() && !session.outcomes.length;
    if (isQuiet && world.now - session.sentAt < 1000) return;
    session.flight = frame(session);
    session.sentOutcomes = session.outcomes.slice();
    post(session);
  }

  function frame(session) {
    const isSnapshot = session.seq === null;
    const from = isSnapshot ? 0 : session.seq;
    const upTo = isSnapshot ? latest() : Math.min(latest(), from + PER_FRAME);
    const messages = world.tape.slice(from, upTo);
    if (isSnapshot) messages.reverse();
    const body = { n: (session.n += upTo > from || !session.greeted ? 1 : 0), after: session.acked, ts: world.now, messages, outcomes: session.outcomes };
    if (!session.greeted) body.hello = { kind: isSnapshot ? "snapshot" : "resume", tape: "T", seq: latest(), bots: [] };
    session.greeted = true;
    return { n: body.n, upTo, text: '42/page,["frame",' + JSON.stringify(body) + "]" };
  }

  function post(session) {
    session.sentAt = world.now;
    socket.down.push(session.flight.text);
  }

  function trade() {
    const seq = latest() + 1;
    const data = { id: "t" + seq, ts: world.now, symbol: "A/B", side: "buy", price: "1", amount: "1", pnl: null };
    world.tape.push({ type: "trade", bot_id: "b", seq, ts: world.now, data });
    if (socket.open) offer();
  }

  // The page: what the shell does, with what the component does to it.

  function turn(events) {
    let url;
    for (const event of events) {
      const step = lines.step(page.line, event, world.now, random);
      page.line = step.line;
      if (step.url !== undefined) url = step.url;
      if (step.expired) world.expired += step.expired.length;
      if (step.frame) fold(step.frame);
    }
    if (url !== undefined) return dial();
    const said = lines.flush(page.line, world.now);
    page.line = said.line;
    if (said.send !== undefined && socket.open) socket.up.push(said.send);
  }

  function fold(frame) {
    world.outcomes += frame.outcomes.length;
    page.picture = deck.reach(deck.fold(page.picture, frame, world.now, false), page.line.seq, false);
    const list = page.picture.trades.list.map((one) => one.seq).sort((one, two) => one - two);
    if (new Set(list).size !== list.length) world.problems.push("a trade stands twice");
  }

  function hear() {
    const packet = socket.down.shift();
    if (packet !== undefined) turn([...page.mail.splice(0), { kind: "message", data: packet, stamp: world.now }]);
  }

  // What may happen.

  const STEPS = {
    trades: (count) => { for (let i = 0; i < count; i += 1) trade(); },
    hear,
    answer: () => socket.up.length && take(socket.up.shift()),
    lose_down: () => socket.down.shift(),
    lose_up: () => socket.up.shift(),
    swallow: () => { if (socket.down.length > 1) socket.down.shift(); hear(); },
    repeat: () => socket.session && socket.session.flight && post(socket.session),
    ping: () => socket.open && socket.down.push("2"),
    dismiss: () => socket.open && socket.down.push("41/page,"),
    cut,
    wake: () => turn([...page.mail.splice(0), { kind: "wake" }]),
    command: () => turn([...page.mail.splice(0), { kind: "command", command: { id: "c" + (world.asked += 1), command: "start_bot", bot_id: "b", args: {} } }]),
    wait: (ms) => pass(ms),
  };

  function pass(ms) {
    for (let gone = 0; gone < ms; gone += 100) {
      world.now += 100;
      turn([...page.mail.splice(0), { kind: "tick" }]);
      const { session } = socket;
      if (socket.open && session && session.flight && world.now - session.sentAt >= 1000) post(session);
      else if (socket.open) offer();
    }
  }

  /** A good network, until nothing is left to say. */
  function calm() {
    const began = world.now;
    while (world.now - began < 60000) {
      for (let i = 0; i < 20; i += 1) { hear(); STEPS.answer(); }
      const isDone = page.line.phase === "live" && page.line.seq === latest() && !page.line.commands.length;
      if (isDone) return world.now - began;
      pass(100);
    }
    return null;
  }

  dial();
  for (const [name, value] of steps) STEPS[name](value);
  const calmedMs = calm();
  const list = page.picture.trades.list;
  return {
    calmedMs, phase: page.line.phase, problems: world.problems, tape: latest(), seq: page.line.seq, count: page.picture.trades.count,
    held: list.map((one) => one.seq), asked: world.asked, done: world.done.length, answered: world.outcomes + world.expired,
  };
};
