/* Whose an event is, among several tabs of one deck: the first to claim it has it.

   The last event called out is one entry of the browser's database, changed in a transaction: what one tab has written the
   next one reads. (localStorage would not do: each process of a browser has a copy of it, and another's change comes late.) */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const DATABASE = "tapedeck";
  const STORE = "claims";
  const LAST = "last";
  /** Rather twice than never: a browser that keeps nothing, or a tab that sleeps within its transaction, holds up none. */
  const ANSWERS_WITHIN_MS = 2000;
  const cell = { opening: null, own: null };

  /** Which of the items nobody has claimed, and the claim after them: "tape seq", the last durable event called out. */
  function divide(claim, tape, items) {
    const [held, seq] = String(claim || "").split(" ");
    const claimed = held === tape ? Number(seq) : 0;
    const mine = items.filter((item) => !(item.seq <= claimed));
    const last = Math.max(claimed, ...mine.map((item) => item.seq || 0));
    return { mine, claim: tape + " " + last };
  }

  /** Those of the items that no tab has called out; they are this tab's from now on. */
  async function take(tape, items) {
    let late;
    const patience = new Promise((_, reject) => (late = setTimeout(reject, ANSWERS_WITHIN_MS)));
    const divided = await Promise.race([among(tape, items), patience]).catch(() => divide(cell.own, tape, items));
    clearTimeout(late);
    cell.own = divided.claim;
    return divided.mine;
  }

  /** The same, in one transaction with all other tabs. */
  async function among(tape, items) {
    const opened = await database();
    return new Promise((resolve, reject) => {
      const transaction = opened.transaction(STORE, "readwrite");
      const store = transaction.objectStore(STORE);
      const asked = store.get(LAST);
      let divided = null;
      asked.onsuccess = () => {
        divided = divide(asked.result, tape, items);
        store.put(divided.claim, LAST);
      };
      transaction.oncomplete = () => resolve(divided);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  function open() {
    return new Promise((resolve, reject) => {
      const asked = window.indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
      asked.onsuccess = () => {
        asked.result.onclose = () => (cell.opening = null); // the reader had the browser forget all
        resolve(asked.result);
      };
      asked.onerror = () => reject(asked.error);
    });
  }

  /** Opened once; what failed is tried again with the next event. */
  function database() {
    if (!cell.opening) cell.opening = open();
    cell.opening.catch(() => (cell.opening = null));
    return cell.opening;
  }

  scripts.claims = { divide, take };
})();
