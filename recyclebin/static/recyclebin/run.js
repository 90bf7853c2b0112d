// Keeps the page of a running job up to date. Without scripts the page reloads itself instead.
(() => {
  "use strict";
  const EVERY = 1000;
  const SLOWER = 5000; // when the server does not answer
  const ANNOUNCED = 25; // per cent between two things said to screen readers

  const page = document.querySelector("[data-progress-url]");
  if (!page) return;
  const bar = page.querySelector("progress");
  const state = page.querySelector("[data-run-state]");
  const text = page.querySelector("[data-run-text]");
  const outcomes = page.querySelector("[data-run-outcomes]");
  const said = page.querySelector("[data-run-said]");
  const lost = page.querySelector("[data-run-lost]");
  let step = 0;

  function show(answer) {
    state.textContent = answer.stateText;
    text.textContent = answer.text;
    outcomes.textContent = answer.outcomes.join(" · ");
    if (answer.percent === null) {
      bar.removeAttribute("value");
    } else {
      bar.value = answer.percent;
      bar.textContent = `${answer.percent}%`;
      const reached = Math.floor(answer.percent / ANNOUNCED);
      if (reached !== step) {
        step = reached;
        said.textContent = answer.text;
      }
    }
  }

  async function look() {
    let next = EVERY;
    try {
      const response = await fetch(page.dataset.progressUrl, {
        headers: { Accept: "application/json" },
        redirect: "error", // to the login page: the session has ended
      });
      if (!response.ok) throw new Error(response.statusText);
      const answer = await response.json();
      lost.hidden = true;
      show(answer);
      if (!answer.goesOn) {
        window.location.reload(); // the page as it is now holds the whole report
        return;
      }
    } catch {
      lost.hidden = false;
      next = SLOWER;
    }
    window.setTimeout(look, next);
  }

  window.setTimeout(look, EVERY);
})();
