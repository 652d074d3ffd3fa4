/* Before the first paint: the theme that the reader chose, else the system's. */
(function () {
  var KEY = "kezek-theme";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try { return localStorage.getItem(KEY); } catch (error) { return null; }
  }

  function remember(theme) {
    try {
      /* A reader who returns to the system's wish follows it again. */
      if ((theme === "dark") === dark.matches) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch (error) { /* storage is forbidden: the choice holds for this page */ }
  }

  function follow() {
    root.dataset.bsTheme = chosen() || (dark.matches ? "dark" : "light");
  }

  dark.addEventListener("change", follow);
  document.addEventListener("click", function (event) {
    if (!event.target.closest(".kz-theme")) return;
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    remember(root.dataset.bsTheme);
  });
  follow();
})();
