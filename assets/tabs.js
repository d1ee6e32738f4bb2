/* Several tabs of one deck: who of them may call for attention. No tab is the leader, so none can be missed: for each event
   the first to claim it has it. A tab that somebody looks at claims at once; a hidden one waits as long as there is such a
   tab, and a tab that could not be heard lets the others go first. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const CLAIM = "tapedeck.claim";
  const SEEN = "tapedeck.seen";
  const WAIT = { behindSeen: 4000, unheard: 300 };
  const UNKNOWN = { held: [{ name: SEEN }] };
  const cell = { letGo: null };

  /** Milliseconds that a tab leaves to the others. */
  const patience = ({ isHidden, isSeenElsewhere, isHeard }) =>
    (isHidden && isSeenElsewhere ? WAIT.behindSeen : 0) + (isHeard ? 0 : WAIT.unheard);

  /** Which of the items nobody has claimed, and the claim after them: "tape seq", the last durable event called out. */
  function divide(claim, tape, items) {
    const [held, seq] = String(claim || "").split(" ");
    const claimed = held === tape ? Number(seq) : 0;
    const mine = items.filter((item) => !(item.seq <= claimed));
    const last = Math.max(claimed, ...mine.map((item) => item.seq || 0));
    return { mine, claim: tape + " " + last };
  }

  /** Those of the items that are this tab's to call out. */
  async function claim(tape, items, isHeard) {
    await rest(patience({ isHidden: document.hidden, isSeenElsewhere: await isSeen(), isHeard }));
    return alone(() => {
      const { mine, claim: next } = divide(scripts.choices.recall("claim"), tape, items);
      scripts.choices.remember("claim", next);
      return mine;
    });
  }

  const rest = (ms) => (ms ? new Promise((resolve) => setTimeout(resolve, ms)) : null);

  /** One tab at a time. Without https, or where it may keep nothing, a browser has no locks: then two tabs may now and then
      both be first. */
  const alone = (work) => (navigator.locks ? navigator.locks.request(CLAIM, work).catch(work) : work());

  /** Does somebody look at a tab of this deck? Yes where it cannot be known. */
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

  scripts.tabs = { claim, divide, patience, start };
})();
