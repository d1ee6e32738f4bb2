/* What is to be seen and heard over an open dialog: the toasts, and what screen readers are told. Everything outside of a modal
   dialog is inert, cannot be clicked and is not read out, so these move into the one on top, and home when the last one closes. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  const CARRIED = ["toast-container", "errors-live", "trades-live"];
  /** The open dialogs, the one on top last; and what stands at home for those that are carried. */
  const cell = { open: [], homes: new Map() };

  /** Whoever opens a dialog, it is seen by its attribute. */
  function start() {
    new MutationObserver(follow).observe(document.body, { attributes: true, attributeFilter: ["open"], subtree: true });
  }

  function follow(changes) {
    for (const { target } of changes) {
      cell.open = cell.open.filter((dialog) => dialog !== target);
      if (target.matches("dialog:modal")) cell.open.push(target);
    }
    const top = cell.open.at(-1);
    for (const id of CARRIED) top ? carry(scripts.dom.get(id), top) : bringHome(scripts.dom.get(id));
  }

  function carry(element, dialog) {
    if (element.parentElement === dialog) return;
    if (!cell.homes.has(element)) {
      cell.homes.set(element, new Comment("shown in a dialog"));
      element.replaceWith(cell.homes.get(element));
    }
    dialog.append(element);
  }

  function bringHome(element) {
    if (!cell.homes.has(element)) return;
    cell.homes.get(element).replaceWith(element);
    cell.homes.delete(element);
  }

  scripts.modal = { start };
})();
