/* The truth line: how old is what stands here, hop by hop. Pure views, one painter. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** Milliseconds after which a hop is late (amber) and stale (red). A bot without heartbeats is judged by its last word. */
  const LIMITS = {
    page: { late: 2500, stale: 5000 },
    bot: { late: 2500, stale: 5000 },
    quietBot: { late: 15000, stale: 60000 },
    market: { late: 2500, stale: 20000 },
  };
  const NAMES = { page: "Page", bot: "Bot", market: "Market" };
  const HOPS = ["page", "bot", "market"];

  /** What the truth line says now: {connection, text, hops, levels, stale, updated}. */
  function view(line, picture, now, isOnline) {
    const bot = scripts.deck.shown(picture);
    const hops = follow({ page: pageHop(line, now), bot: botHop(picture, bot, now), market: marketHop(bot, now) });
    const connection = scripts.line.connection(line, isOnline);
    const levels = HOPS.map((name) => hops[name].level).join(" ");
    return { connection, text: words(line, connection, now), hops, levels, stale: staleHops(hops), updated: updated(bot.price, now) };
  }

  function judge(name, ageMs, limits, now) {
    const level = ageMs > limits.stale ? "stale" : ageMs > limits.late ? "late" : "fresh";
    return { level, text: NAMES[name] + " " + scripts.format.age(ageMs), since: level === "fresh" ? null : now - ageMs };
  }

  /** Where the trouble begins, the hop says since when. What comes through it cannot be called fresh. */
  function follow(hops) {
    const first = HOPS.findIndex((name) => hops[name].since);
    if (first < 0) return hops;
    const { text, since, level } = hops[HOPS[first]];
    const told = { ...hops, [HOPS[first]]: { level, text: text + " since " + scripts.format.time(since) } };
    for (const name of HOPS.slice(first + 1)) if (told[name].level === "fresh") told[name] = { ...told[name], level: "unknown" };
    return told;
  }

  const unknown = (name, text) => ({ level: "unknown", text: NAMES[name] + " " + text });

  function pageHop(line, now) {
    if (!line.everLive) return unknown("page", "…");
    const hop = judge("page", now - line.heardAt, LIMITS.page, now);
    if (line.phase === "live") return hop;
    const lostAt = line.lostAt === null ? line.heardAt : line.lostAt;
    return { level: "stale", text: "Page cut", since: lostAt };
  }

  function botHop(picture, bot, now) {
    if (bot.heard === null) return unknown("bot", scripts.deck.isConnected(picture) === false ? "away" : "…");
    if (scripts.deck.isConnected(picture) === false) return { level: "stale", text: "Bot away", since: bot.heard };
    return judge("bot", now - bot.heard, bot.beat ? LIMITS.bot : LIMITS.quietBot, now);
  }

  function marketHop(bot, now) {
    if (!bot.feed) return unknown("market", "…");
    return judge("market", now - bot.feed.at + bot.feed.ageMs, LIMITS.market, now);
  }

  /** A hop that is late or worse takes everything behind it along. */
  function staleHops(hops) {
    const first = HOPS.findIndex((name) => hops[name].level === "late" || hops[name].level === "stale");
    return first < 0 ? [] : HOPS.slice(first);
  }

  function words(line, connection, now) {
    if (connection === "connected") return "";
    if (connection === "offline") return "This device is offline. Waiting for the network.";
    if (connection === "connecting") return "Connecting…";
    const why = line.refusal ? line.refusal + " " : line.everLive ? "" : "The deck is offline: the relay does not answer. ";
    if (line.retryAt === null) return why + "Reconnecting, attempt " + line.attempt + "…";
    const seconds = Math.max(1, Math.ceil((line.retryAt - now) / 1000));
    return why + "Reconnecting, attempt " + line.attempt + ", next try in " + seconds + " s";
  }

  const updated = (price, now) => (price ? "updated " + scripts.format.ago(now - price.at) : "waiting for a price");

  function build(line) {
    const { make } = scripts.dom;
    const parts = { words: make("span", { class: "line-text" }) };
    for (const name of HOPS) {
      const text = make("span");
      parts[name] = { text, hop: make("span", { class: "hop", id: "hop-" + name }, make("i", { class: "dot", "aria-hidden": "true" }), text) };
    }
    line.replaceChildren(...HOPS.map((name) => parts[name].hop), parts.words);
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
    text("last-update", truth.updated);
  }

  scripts.connection = { LIMITS, paint, updated, view };
})();
