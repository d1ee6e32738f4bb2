/* Toasts: what has just happened, on top and for a few seconds. The stack is pure; one painter keeps the document like it. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const LASTS = { ordinary: 5000, error: 10000, state: 7000 };
  /** As many as fit without hiding the deck; the style sheet hides the rest. */
  const fit = () => (window.innerWidth >= 900 ? 4 : window.innerHeight >= 600 ? 2 : 1);
  const KEPT = 20;
  const TICK_MS = 200;
  /** A tick that comes so late was held back by the browser: nobody looked meanwhile. */
  const SLEPT_MS = 2000;
  const REMEMBERED = 2000;
  const REASON = 80;

  const start = () => ({ told: 0, cards: [], more: 0, moreUntil: 0, keys: [], paused: false });
  const cell = { stack: start(), elements: new Map(), timer: null, tickedAt: 0, cameFrom: null, canPoint: false };

  /** The stack with what is new on top. Nothing comes twice: each card's key is remembered. */
  function push(stack, news, now) {
    const fresh = news.items.filter((item) => item.n > stack.told && !stack.keys.includes(item.key));
    const skipped = Math.max(0, news.count - stack.told - news.items.filter((item) => item.n > stack.told).length);
    const cards = [...fresh.map((item) => ({ ...card(item), at: now })).reverse(), ...stack.cards];
    const over = Math.max(0, cards.length - KEPT) + skipped;
    return {
      ...stack, told: news.count, cards: cards.slice(0, KEPT), more: stack.more + over,
      moreUntil: over ? now + LASTS.ordinary : stack.moreUntil,
      keys: [...stack.keys, ...fresh.map((item) => item.key)].slice(-REMEMBERED),
    };
  }

  /** Without the cards whose time is over; while paused, time stands still. */
  function age(stack, now, passedMs) {
    if (stack.paused) {
      const cards = stack.cards.map((one) => ({ ...one, at: one.at + passedMs }));
      return { ...stack, cards, moreUntil: stack.moreUntil + passedMs };
    }
    const cards = stack.cards.filter((one) => now - one.at < one.lasts);
    const more = now < stack.moreUntil ? stack.more : 0;
    return cards.length === stack.cards.length && more === stack.more ? stack : { ...stack, cards, more };
  }

  const dismiss = (stack, key) => ({ ...stack, cards: stack.cards.filter((one) => one.key !== key) });

  // What each kind of news says.

  const CARDS = {
    trade: tradeCard, state: stateCard, alert: alertCard, digest: digestCard,
    refusal: (item) => ({ kind: "error", title: item.text, text: "", lasts: LASTS.error }),
  };

  /** What is told of one of several bots begins with its name. */
  function card(item) {
    const made = CARDS[item.kind](item);
    return { key: item.key, ...made, title: item.bot ? item.bot + ": " + made.title : made.title };
  }

  function tradeCard({ trade }) {
    const { format } = scripts;
    const isBuy = trade.side === "buy";
    const [base, quote] = String(trade.symbol || "").split("/");
    const gain = trade.pnl == null ? "" : format.signedMoney(trade.pnl, quote) + " " + (quote || "");
    return {
      kind: isBuy ? "success" : "info", tradeId: trade.id, path: scripts.route.linkTo(trade), lasts: LASTS.ordinary, arrow: isBuy ? "▲" : "▼",
      title: "New trade: " + (isBuy ? "BUY" : "SELL") + " at " + format.price(trade.price),
      text: [gain.trim(), format.amount(trade.amount) + " " + base, short(trade.reason || "")].filter(Boolean).join(" · "),
    };
  }

  /** A long reason leaves room for the link to all of it. */
  const short = (text) => (text.length <= REASON ? text : text.slice(0, REASON).replace(/\s+\S*$/, "") + "…");

  const STATES = {
    running: ["warning", "Bot started"], stopped: ["warning", "Bot stopped"], halted: ["warning", "Bot halted"],
    error: ["error", "The bot reports an error"],
  };

  const STANDS = { error: "in error" };

  function stateCard({ state, text }) {
    const [kind, title] = STATES[state] || ["info", "Bot is " + state];
    return { kind, title, text: text || "", lasts: kind === "error" ? LASTS.error : LASTS.state };
  }

  function alertCard({ level, title, text }) {
    const kind = ["success", "info", "warning", "error"].includes(level) ? level : "info";
    return { kind, title, text, lasts: kind === "error" ? LASTS.error : LASTS.ordinary };
  }

  /** How each bot stands that started, stopped or failed meanwhile is named: that is what nobody may come back and miss. */
  function digestCard(item) {
    const parts = [];
    const states = (item.states || []).map(({ bot, state }) => (bot || "bot") + " " + (STANDS[state] || state));
    if (item.trades) parts.push(item.trades === 1 ? "1 trade" : item.trades + " trades");
    const earned = scripts.news.earnedWords(item.earned || {});
    if (earned) parts.push(earned);
    if (item.errors) parts.push(item.errors === 1 ? "1 error" : item.errors + " errors");
    parts.push(...states);
    const rest = item.others - item.trades - item.errors;
    if (!parts.length && rest > 0) parts.push(rest === 1 ? "1 message" : rest + " messages");
    const kind = item.errors ? "error" : states.length ? "warning" : "info";
    return { kind, title: "While you were away: " + parts.join(", "), text: "", lasts: item.errors ? LASTS.error : LASTS.state };
  }

  // The document.

  function paint(news) {
    if (!news) return;
    if (news.count === cell.stack.told) return;
    const before = cell.stack;
    cell.stack = push(before, news, Date.now());
    draw();
    const told = news.items.filter((item) => item.n > before.told);
    scripts.announcer.say(told);
    edge(told.filter((item) => item.kind === "trade"));
    if (cell.timer !== null) return;
    cell.tickedAt = Date.now();
    cell.timer = setInterval(tick, TICK_MS);
  }

  function tick() {
    const now = Date.now();
    const passed = now - cell.tickedAt;
    cell.stack = age({ ...cell.stack, paused: isPaused() || passed > SLEPT_MS }, now, passed);
    cell.tickedAt = now;
    draw();
    if (cell.stack.cards.length || cell.stack.more) return;
    clearInterval(cell.timer);
    cell.timer = null;
  }

  /** Time stands still for toasts that somebody points at, has reached by keys, or cannot see. A finger's tap is no pointing, and
      the focus that a click leaves behind is no reading. */
  function isPaused() {
    const box = scripts.dom.get("toast-container");
    return document.hidden || (cell.canPoint && box.matches(":hover")) || box.querySelector(":focus-visible") !== null;
  }

  function draw() {
    const box = scripts.dom.get("toast-container");
    if (!box) return;
    const wanted = new Set(cell.stack.cards.map((one) => one.key));
    for (const [key, element] of cell.elements) if (!wanted.has(key)) takeAway(key, element);
    for (const one of [...cell.stack.cards].reverse()) if (!cell.elements.has(one.key)) box.prepend(build(one, box));
    drawMore(box);
  }

  /** The focus that a reader with keys has in a toast that goes moves to the one that takes its place, else to where it came from. */
  function takeAway(key, element) {
    const hadFocus = element.querySelector(":focus-visible") !== null;
    const heirs = [element.nextElementSibling, element.previousElementSibling];
    element.remove();
    cell.elements.delete(key);
    if (!hadFocus) return;
    const buttons = heirs.map((heir) => heir && heir.querySelector("button"));
    const next = [...buttons, cell.cameFrom].find((one) => one && one.isConnected);
    if (next) next.focus();
  }

  function build(one, box) {
    wire(box);
    const { make } = scripts.dom;
    const link = one.tradeId === undefined ? null : make("a", { href: one.path }, "details");
    const title = make("b", null, one.arrow ? make("span", { class: "arrow", "aria-hidden": "true" }, one.arrow + " ") : null, one.title);
    const body = make("p", null, one.text, link && one.text ? "\u00a0· " : null, link);
    const close = make("button", { type: "button", class: "toast-close", "aria-label": "Dismiss" }, "✕");
    const attributes = { class: "toast slide-in", "data-toast-kind": one.kind, "data-trade-id": one.tradeId, "data-key": one.key };
    const element = make("div", attributes, title, one.text || link ? body : null, close);
    cell.elements.set(one.key, element);
    return element;
  }

  function wire(box) {
    if (box.dataset.wired) return;
    box.dataset.wired = "true";
    box.addEventListener("pointerover", ({ pointerType }) => (cell.canPoint = pointerType !== "touch"));
    cell.cameFrom = document.activeElement;
    document.addEventListener("focusin", ({ target }) => box.contains(target) || (cell.cameFrom = target));
    box.addEventListener("click", (event) => {
      const toast = event.target.closest("[data-key]");
      if (toast) remove(toast.dataset.key);
    });
  }

  function drawMore(box) {
    const more = cell.stack.more + Math.max(0, cell.stack.cards.length - fit());
    let note = box.querySelector(".toast-more");
    if (!note && more) box.append((note = scripts.dom.make("p", { class: "toast-more" })));
    if (note) {
      scripts.dom.text(note, more ? "+" + more + " more" : "");
      scripts.dom.hide(note, !more);
    }
  }

  function remove(key) {
    cell.stack = dismiss(cell.stack, key);
    draw();
  }

  /** Esc: the newest goes. Was there one? */
  function dismissNewest() {
    const [newest] = cell.stack.cards;
    if (newest) remove(newest.key);
    return Boolean(newest);
  }

  /** The screen's edge, once for all that came together. */
  function edge(trades) {
    if (!trades.length || scripts.choices.get("flash") === "off" || scripts.dom.isStill() || document.hidden) return;
    const { side } = trades[trades.length - 1].trade;
    scripts.dom.animate("edge-flash", side === "buy" ? "edge-buy" : "edge-sell", ["edge-buy", "edge-sell"]);
  }

  scripts.toasts = { LASTS, age, card, dismiss, dismissNewest, paint, push, start };
})();
