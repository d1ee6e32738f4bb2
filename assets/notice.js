/* What the bot says of its state, for as long as that is so: why it stopped, why it waits, that it is halted. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const WORDS = {
    stopped: "Stopped", starting: "Starting", running: "Running", stopping: "Stopping", halted: "Halted",
    error: "Error", offline: "Offline",
  };
  /** States that are shown even where the bot says nothing of them. */
  const LEVELS = { halted: "warning", error: "error", offline: "warning" };
  const ALONE = {
    halted: "Nothing new is opened until it is resumed.", error: "Look at the bot's log.",
    offline: "What stands here is what it last said.",
  };
  const DAY_MS = 86400000;

  /** {level, head, text, resume}; null where there is nothing to say. `controls` is how the buttons of that bot stand. */
  function view(status, controls, now) {
    if (!status || !controls) return null;
    const { state } = controls;
    const message = status.state === state ? status.message : "";
    if (!message && !LEVELS[state]) return null;
    const head = WORDS[state] || state;
    const isTimed = LEVELS[state] && state !== "offline"; // since when it is away is the truth line's to say
    return {
      level: LEVELS[state] || "info", head: isTimed ? head + since(status, state, now) : head,
      text: message || ALONE[state], resume: controls.resume, isLive: controls.mode === "live", bot: controls.bot,
    };
  }

  function since(status, state, now) {
    if (status.state !== state || typeof status.since !== "number") return "";
    const { dateTime, time } = scripts.format;
    return " since " + (now - status.since < DAY_MS ? time(status.since) : dateTime(status.since));
  }

  function build(box) {
    const { make } = scripts.dom;
    const head = make("b");
    const text = make("span");
    const resume = make("button", { type: "button", class: "action start", "data-command": "resume" });
    resume.addEventListener("click", () => scripts.page.command("resume"));
    box.replaceChildren(make("p", { class: "notice-text", role: "status" }, head, text), resume);
    return { head, text, resume };
  }

  function paint(slice, controls) {
    const parts = scripts.dom.part("notice", build);
    if (!parts) return;
    const { attribute, hide, property, text } = scripts.dom;
    const seen = view(slice && slice.status, controls, Date.now());
    attribute("notice", "data-level", seen && seen.level);
    text(parts.head, seen ? seen.head : "");
    text(parts.text, seen ? seen.text : "");
    hide(parts.resume, !seen || !seen.resume.isShown);
    if (!seen) return;
    text(parts.resume, seen.resume.text);
    property(parts.resume, "disabled", seen.resume.off);
    attribute(parts.resume, "title", seen.resume.off && seen.resume.why ? seen.resume.why : null);
    attribute(parts.resume, "data-hold", seen.isLive ? seen.bot : null);
  }

  scripts.notice = { WORDS, paint, view };
})();
