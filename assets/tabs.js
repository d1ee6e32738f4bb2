/* Several tabs of one deck: who of them may call for attention. No tab is the leader, so none can be missed: each event is
   claimed (claims.js). A tab that somebody looks at claims at once; a hidden one waits as long as there is such a tab, and
   a tab that could not be heard lets the others go first. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const SEEN = "tapedeck.seen";
  const WAIT = { behindSeen: 4000, unheard: 300 };
  const UNKNOWN = { held: [{ name: SEEN }] };
  const cell = { letGo: null };

  /** Milliseconds that a tab leaves to the others. */
  const patience = ({ isHidden, isSeenElsewhere, isHeard }) =>
    (isHidden && isSeenElsewhere ? WAIT.behindSeen : 0) + (isHeard ? 0 : WAIT.unheard);

  /** Those of the items that are this tab's to call out. */
  async function claim(tape, items, isHeard) {
    await rest(patience({ isHidden: document.hidden, isSeenElsewhere: await isSeen(), isHeard }));
    return scripts.claims.take(tape, items);
  }

  const rest = (ms) => (ms ? new Promise((resolve) => setTimeout(resolve, ms)) : null);

  /** Does somebody look at a tab of this deck? Yes where it cannot be known: without https a browser has no locks. */
  async function isSeen() {
    const { held } = await (navigator.locks ? navigator.locks.query().catch(() => UNKNOWN) : UNKNOWN);
    return held.some((lock) => lock.name === SEEN);
  }

  /** While somebody looks at this tab it holds a lock, which goes with it however it ends. */
  function show() {
    if (cell.letGo) cell.letGo();
    cell.letGo = null;
    if (document.hidden || !navigator.locks) return;
    const until = new Promise((resolve) => (cell.letGo = resolve));
    navigator.locks.request(SEEN, { mode: "shared" }, () => until).catch(() => {});
  }

  function start() {
    show();
    document.addEventListener("visibilitychange", show);
  }

  scripts.tabs = { claim, patience, start };
})();
