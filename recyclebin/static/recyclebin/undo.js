// Undo by keyboard wherever the focus is: Alt+Z (on a Mac Option+Z), in every browser the same. Without this script the
// page still opens with the focus on the button, and the browser's own access key pushes it.
(() => {
  "use strict";
  if (window.undoByKeyboard) return; // several messages bring the script several times
  window.undoByKeyboard = true;

  const buttons = () => [...document.querySelectorAll(".undo-button")];
  // Both ways at once would push twice.
  buttons().forEach((button) => button.removeAttribute("accesskey"));

  document.addEventListener("keydown", (event) => {
    const wanted = event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.code === "KeyZ";
    if (!wanted || event.repeat) return;
    event.preventDefault();
    // The latest message is the last one.
    buttons().at(-1)?.click();
  });
})();
