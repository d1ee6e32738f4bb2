/* A list whose news come on top while somebody reads further down: what they read stays where it is, and a button tells how
   much is new and goes there. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const AT_TOP = 4;

  /** Watch over `frame`, which scrolls; the button is made in `place`. `noun` is [one, many]. */
  function create(frame, place, noun) {
    const button = scripts.dom.make("button", { type: "button", class: "news", hidden: "" });
    const reading = { frame, button, noun, count: 0 };
    place.append(button);
    frame.addEventListener("scroll", () => reading.count && !isDown(reading) && tell(reading, 0), { passive: true });
    button.addEventListener("click", () => goUp(reading));
    return reading;
  }

  const isDown = (reading) => reading.frame.scrollTop > AT_TOP;

  /** "3 new trades ↑" */
  const words = (count, noun) => count + " new " + noun[count === 1 ? 0 : 1] + " ↑";

  function tell(reading, count) {
    reading.count = count;
    scripts.dom.text(reading.button, count ? words(count, reading.noun) : "");
    scripts.dom.hide(reading.button, !count);
  }

  function goUp(reading) {
    reading.frame.scrollTo({ top: 0, behavior: scripts.dom.isStill() ? "auto" : "smooth" });
    reading.frame.focus({ preventScroll: true });
    tell(reading, 0);
  }

  /** Have `change` put `count` entries on top. */
  function insert(reading, count, change) {
    if (!isDown(reading)) return void change();
    const { frame } = reading;
    const { scrollTop, scrollHeight } = frame;
    change();
    frame.scrollTop = scrollTop + frame.scrollHeight - scrollHeight;
    if (count) tell(reading, reading.count + count);
  }

  /** Another list is shown: from its top. */
  function restart(reading) {
    reading.frame.scrollTop = 0;
    tell(reading, 0);
  }

  scripts.reading = { create, insert, restart, words };
})();
