/* What was said, each thing once, and which of it is wanted. Pure.

   A relay that was away sends its log again. A bot may put into its log what it tells as an alert too, and most say in their
   own words what became of a command: of two that tell the same the weightier stays. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const TWIN_MS = 2000;
  const LEVELS = { warnings: ["warning"], errors: ["error", "critical"] };

  /** All that an entry says. */
  const words = (entry) => [entry.title, entry.text].filter(Boolean).join(": ");

  /** An alert weighs more than a line of the log, and that more than "Start: done". */
  const weight = (entry) => (entry.isAlert ? 2 : entry.done ? 0 : 1);

  /** Do both tell the same thing? */
  function areTwins(one, other) {
    if (one.bot_id !== other.bot_id) return false;
    const apart = Math.abs(one.ts - other.ts);
    if (words(one) === words(other)) return weight(one) === weight(other) ? apart === 0 : apart <= TWIN_MS;
    return apart <= TWIN_MS && (isToldBy(one, other) || isToldBy(other, one));
  }

  /** Does the bot's own word, "Started: ...", tell what became of the command? */
  const isToldBy = (outcome, other) => Boolean(outcome.done) && !other.done && words(other).includes(outcome.done);

  /** `held` and what is new in `fresh`, oldest first and at most `limit`: {entries, added, dropped}. */
  function fold(held, fresh, limit) {
    const entries = held.slice();
    for (const entry of fresh) {
      const twin = entries.findLastIndex((one) => areTwins(one, entry));
      if (twin < 0) entries.push(entry);
      else if (weight(entry) > weight(entries[twin])) entries.splice(twin, 1), entries.push(entry);
    }
    const kept = entries.slice(-limit);
    const before = new Set(held);
    const after = new Set(kept);
    return { entries: kept, added: kept.filter((entry) => !before.has(entry)), dropped: held.filter((entry) => !after.has(entry)) };
  }

  /** Is the entry wanted? `wish` is {filter: all, alerts, warnings or errors; search}; `bot` is whose it is, where there are several. */
  function matches(entry, wish, bot = "") {
    if (wish.filter === "alerts" && !entry.isAlert) return false;
    const levels = LEVELS[wish.filter];
    if (levels && !levels.includes(entry.level)) return false;
    const text = [entry.level, bot, words(entry)].join("\n").toLowerCase();
    return wish.search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
  }

  /** One entry as a line for a file or a message. */
  const line = (entry, bot = "") => [scripts.format.iso(entry.ts), entry.level.toUpperCase(), (bot ? bot + ": " : "") + words(entry)].join(" ");

  scripts.activity_log = { fold, line, matches, words };
})();
