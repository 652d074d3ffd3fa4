/* What the browser does by itself: the window's title, the focus after a walk, open chips,
   passwords that are shown. */
(function () {
  var path = window.location.pathname;

  function arrive(title) {
    if (!title) return window.dash_clientside.no_update;
    document.title = title;
    if (path !== window.location.pathname) {
      var main = document.getElementById("main");
      if (main) main.focus({ preventScroll: true });
    }
    path = window.location.pathname;
    return window.dash_clientside.no_update;
  }

  function closeAllBut(kept) {
    document.querySelectorAll("details.kz-chip-box[open]").forEach(function (box) {
      if (box !== kept) box.open = false;
    });
  }

  function show(button, shown) {
    button.setAttribute("aria-pressed", String(shown));
    button.form.querySelectorAll("[autocomplete$=password]").forEach(function (field) {
      field.type = shown ? "text" : "password";
    });
  }

  document.querySelectorAll(".kz-show").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      show(button, button.getAttribute("aria-pressed") !== "true");
    });
    button.form.addEventListener("submit", function () { show(button, false); });
  });
  document.addEventListener("click", function (event) {
    closeAllBut(event.target.closest("details.kz-chip-box"));
  });
  document.addEventListener("focusin", function (event) {
    closeAllBut(event.target.closest("details.kz-chip-box"));
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    var open = document.querySelector("details.kz-chip-box[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { kezek: { arrive: arrive } });
})();
