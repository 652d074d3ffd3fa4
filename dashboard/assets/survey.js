/* The survey by keyboard alone: a digit answers and walks on, Enter saves. */
(function () {
  function form() { return document.getElementById("survey-form"); }

  function questions() {
    return Array.from(form().querySelectorAll("fieldset[data-question]"));
  }

  function focusOn(question) {
    var radio = question.querySelector("input:checked") || question.querySelector("input");
    radio.focus();
  }

  /* The question that a digit answers: the one that has the focus, else the first unanswered;
     none where the digit belongs to a field. */
  function current(target) {
    var own = target.closest("fieldset[data-question]");
    if (own) return own;
    if (target.closest("input, select, textarea, [contenteditable]")) return null;
    return questions().find(function (q) { return !q.querySelector("input:checked"); }) || null;
  }

  function answer(question, value) {
    var radio = Array.from(question.querySelectorAll("input")).find(function (input) {
      return input.value === value;
    });
    if (!radio) return false;
    radio.click();
    var all = questions();
    var next = all[all.indexOf(question) + 1];
    if (next) focusOn(next);
    else document.getElementById("survey-save").focus();
    return true;
  }

  function onKey(event) {
    if (!form() || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter") {
      if (!form().contains(event.target) || event.target.closest("button, a")) return;
      event.preventDefault();
      document.getElementById("survey-save").click();
    } else if (/^[0-9]$/.test(event.key)) {
      var question = current(event.target);
      if (question && answer(question, event.key)) event.preventDefault();
    }
  }

  /* After the form is drawn or saved: to the place where the next form begins. */
  function begin(state) {
    if (!state || !form()) return window.dash_clientside.no_update;
    window.requestAnimationFrame(function () {
      if (!form()) return;
      var place = document.getElementById("survey-place");
      if (place && !place.value) place.focus();
      else focusOn(questions()[0]);
    });
    return window.dash_clientside.no_update;
  }

  document.addEventListener("keydown", onKey);
  window.dash_clientside = Object.assign({}, window.dash_clientside, { survey: { begin: begin } });
})();
