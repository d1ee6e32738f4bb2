/* The truth line: how old is what stands here, hop by hop. Pure views, one painter. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** Milliseconds after which a hop is late (amber) and stale (red): with a tick each half second, what stands still is never
      green 3 s later. A bot without heartbeats is judged by its last word. */
  const LIMITS = {
    page: { late: 2200, stale: 5000 },
    bot: { late: 2200, stale: 5000 },
    quietBot: { late: 15000, stale: 60000 },
    market: { late: 2200, stale: 20000 },
  };
  const NAMES = { page: "Page", bot: "Bot", market: "Market" };
  const HOPS = ["page", "bot", "market"];
  const IN_TROUBLE = ["late", "stale"];

  /** What the truth line says now: {connection, text, hops, levels, stale, updated}. Of a page that sleeps nothing is fresh. */
  function view(line, picture, now, isOnline, isAsleep) {
    const bot = scripts.deck.shown(picture);
    const awake = hopsOf(line, picture, picture.selected, now);
    const hops = isAsleep ? asleep(awake) : awake;
    const connection = scripts.line.connection(line, isOnline);
    const levels = HOPS.map((name) => hops[name].level).join(" ");
    return {
      connection, text: words(line, connection, now), hops, levels, stale: isAsleep ? HOPS : staleHops(hops),
      updated: isAsleep ? updatedAt(bot.price) : updated(bot.price, now), isOut: Boolean(line.isOut),
    };
  }

  /** The three hops of one bot: {page, bot, market}, each {level, text, since}. */
  function hopsOf(line, picture, id, now) {
    const bot = scripts.deck.shown(picture, id);
    return follow({ page: pageHop(line, now), bot: botHop(picture, id, now), market: marketHop(bot, now) });
  }

  const asleep = (hops) =>
    Object.fromEntries(HOPS.map((name) => [name, hops[name].level === "fresh" ? unknown(name, "…") : hops[name]]));

  const isTroubled = (hop) => IN_TROUBLE.includes(hop.level);

  function judge(name, ageMs, limits, now) {
    const level = ageMs > limits.stale ? "stale" : ageMs > limits.late ? "late" : "fresh";
    return { level, text: NAMES[name] + " " + scripts.format.age(ageMs), since: level === "fresh" ? null : now - ageMs };
  }

  /** Where the trouble begins, the hop says since when. What comes through it cannot be called fresh. */
  function follow(hops) {
    const first = HOPS.findIndex((name) => isTroubled(hops[name]));
    if (first < 0) return hops;
    const { text, since, level } = hops[HOPS[first]];
    const words = since === null ? text : text + " since " + scripts.format.time(since);
    const told = { ...hops, [HOPS[first]]: { level, text: words, since } };
    for (const name of HOPS.slice(first + 1)) if (told[name].level === "fresh") told[name] = { ...told[name], level: "unknown" };
    return told;
  }

  const unknown = (name, text) => ({ level: "unknown", text: NAMES[name] + " " + text, since: null });

  function pageHop(line, now) {
    if (!line.everLive) return unknown("page", "…");
    const hop = judge("page", now - line.heardAt, LIMITS.page, now);
    if (line.phase === "live") return hop;
    const lostAt = line.lostAt === null ? line.heardAt : line.lostAt;
    return { level: "stale", text: "Page cut", since: lostAt };
  }

  function botHop(picture, id, now) {
    const bot = scripts.deck.shown(picture, id);
    const isAway = scripts.deck.isConnected(picture, id) === false;
    if (isAway && (bot.heard !== null || bot.status)) return { level: "stale", text: "Bot away", since: awaySince(bot) };
    if (bot.heard === null) return unknown("bot", isAway ? "away" : "…");
    return judge("bot", now - bot.heard, bot.beat ? LIMITS.bot : LIMITS.quietBot, now);
  }

  /** A bot that this page has never heard has been away since the relay says so. */
  const awaySince = (bot) => (bot.heard !== null ? bot.heard : bot.status.since || null);

  function marketHop(bot, now) {
    if (!bot.feed) return unknown("market", "…");
    return judge("market", now - bot.feed.at + bot.feed.ageMs, LIMITS.market, now);
  }

  /** A hop that is late or worse takes everything behind it along. */
  function staleHops(hops) {
    const first = HOPS.findIndex((name) => isTroubled(hops[name]));
    return first < 0 ? [] : HOPS.slice(first);
  }

  function words(line, connection, now) {
    if (connection === "connected") return "";
    if (line.isOut) return "You are logged out.";
    if (connection === "offline") return "This device is offline. Waiting for the network.";
    if (connection === "connecting") return "Connecting…";
    const why = line.refusal ? line.refusal + " " : line.everLive ? "" : "The deck is offline: the relay does not answer. ";
    if (line.retryAt === null) return why + "Reconnecting, attempt " + line.attempt + "…";
    const seconds = Math.max(1, Math.ceil((line.retryAt - now) / 1000));
    return why + "Reconnecting, attempt " + line.attempt + ", next try in " + seconds + " s";
  }

  /** Of a page that may be read much later: a time of day, which stays true. */
  const updatedAt = (price) => (price ? "updated at " + scripts.format.time(price.at) : "waiting for a price");
  const updated = (price, now) => (price ? "updated " + scripts.format.ago(now - price.at) : "waiting for a price");

  function build(line) {
    const { make } = scripts.dom;
    const parts = { words: make("span", { class: "line-text" }), way: make("a", { class: "line-text" }, "Log in again") };
    for (const name of HOPS) {
      const text = make("span");
      parts[name] = { text, hop: make("span", { class: "hop", id: "hop-" + name }, make("i", { class: "dot", "aria-hidden": "true" }), text) };
    }
    line.replaceChildren(...HOPS.map((name) => parts[name].hop), parts.words, parts.way);
    return parts;
  }

  function paint(truth) {
    const parts = truth && scripts.dom.part("connection-status", build);
    if (!parts) return;
    const { attribute, hide, text } = scripts.dom;
    attribute("deck", "data-connection", truth.connection);
    attribute("deck", "data-stale", truth.stale.join(" "));
    attribute("connection-status", "data-connection", truth.connection);
    for (const name of HOPS) {
      attribute(parts[name].hop, "data-level", truth.hops[name].level);
      text(parts[name].text, truth.hops[name].text);
    }
    text(parts.words, truth.text);
    hide(parts.words, !truth.text);
    hide(parts.way, !truth.isOut);
    if (truth.isOut) attribute(parts.way, "href", scripts.account.way());
    text("last-update", truth.updated);
  }

  scripts.connection = { LIMITS, hopsOf, isTroubled, paint, staleHops, updated, view };
})();
