/* A day is typed as DD.MM.YYYY or chosen in a calendar with the reader's names of months.
   Markup: dashboard/components/date_field.py; what counts as a day: dashboard/days.py. */
(function () {
  var DAY = 86400000;
  var WRITTEN = /^(\d{1,2})[.,\/\- ]+(\d{1,2})[.,\/\- ]+(\d{4}|\d{2})$/;
  var TOGETHER = /^(\d{2})(\d{2})(\d{4})$/, ISO = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;

  function read(said) {
    var text = said.trim(), found = ISO.exec(text);
    if (found) found = [text, found[3], found[2], found[1]];
    else found = WRITTEN.exec(text) || TOGETHER.exec(text);
    if (!found) return null;
    var year = Number(found[3]) + (found[3].length === 2 ? 2000 : 0), month = Number(found[2]) - 1;
    var day = new Date(Date.UTC(year, month, Number(found[1])));
    if (day.getUTCFullYear() !== year) return null; /* of the first century, which Date moves */
    return day.getUTCMonth() === month && day.getUTCDate() === Number(found[1]) ? day : null;
  }

  function two(number) { return (number < 10 ? "0" : "") + number; }
  function iso(day) { return day.toISOString().slice(0, 10); }
  function written(day) { return two(day.getUTCDate()) + "." + two(day.getUTCMonth() + 1) + "." + ("000" + day.getUTCFullYear()).slice(-4); }
  function later(day, days) { return new Date(day.getTime() + days * DAY); }
  /* The same day of another month, or that month's last. */
  function monthLater(day, months) {
    var last = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months + 1, 0));
    return later(last, Math.min(day.getUTCDate(), last.getUTCDate()) - last.getUTCDate());
  }

  function fieldOf(target) {
    var whole = target.closest && target.closest(".kz-date");
    return whole && { whole: whole, box: whole.querySelector("input"), opener: whole.querySelector(".kz-date-open"), wrong: whole.querySelector(".kz-date-wrong") };
  }

  /* React hears of what a script writes by the input's own setter and the event alone. */
  function write(box, text) {
    if (box.value === text) return;
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(box, text);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* Written as everybody does; what is no day is said beside the field. */
  function tidy(field) {
    var day = read(field.box.value), isWrong = !day && field.box.value.trim() !== "";
    if (day) write(field.box, written(day));
    mark(field, isWrong);
  }

  function mark(field, isWrong) {
    field.wrong.textContent = isWrong ? field.whole.dataset.wrong : "";
    if (isWrong) field.box.setAttribute("aria-invalid", "true");
    else field.box.removeAttribute("aria-invalid");
  }

  function isOpen(field) { return field.whole.querySelector(".kz-calendar"); }

  function close(field, back) {
    var calendar = isOpen(field);
    if (calendar) calendar.remove();
    field.opener.setAttribute("aria-expanded", "false");
    if (back) field.opener.focus();
  }

  function choose(field, day) {
    close(field, true);
    write(field.box, written(day));
    tidy(field);
    field.box.dispatchEvent(new FocusEvent("focusout", { bubbles: true })); /* finished: tell the server */
  }

  function element(name, properties, children) {
    var made = document.createElement(name);
    Object.keys(properties).forEach(function (key) { made.setAttribute(key, properties[key]); });
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }

  function row(field, monday, shown, chosen) {
    var data = field.whole.dataset;
    return element("tr", {}, [0, 1, 2, 3, 4, 5, 6].map(function (place) {
      var day = later(monday, place), key = iso(day);
      if (day.getUTCMonth() !== shown.getUTCMonth()) return element("td", {});
      var shut = (data.first && key < data.first) || (data.last && key > data.last);
      var marks = { "data-day": key, role: "gridcell", tabindex: key === iso(shown) ? "0" : "-1", "aria-label": written(day), "aria-selected": String(key === chosen) };
      if (shut) marks["aria-disabled"] = "true";
      return element("td", marks, [String(day.getUTCDate())]);
    }));
  }

  /* The month of ``shown``, which is the day that has the focus. */
  function draw(field, shown, focused) {
    var data = field.whole.dataset, words = data.words.split("|"), days = data.weekdays.split("|");
    var chosen = read(field.box.value), first = later(shown, 1 - shown.getUTCDate());
    var monday = later(first, -((first.getUTCDay() + 6) % 7)), rows = [];
    for (; monday <= shown || monday.getUTCMonth() === shown.getUTCMonth(); monday = later(monday, 7)) {
      rows.push(row(field, monday, shown, chosen ? iso(chosen) : ""));
    }
    var name = data.months.split("|")[shown.getUTCMonth()] + " " + shown.getUTCFullYear();
    var calendar = element("div", { "class": "kz-calendar", role: "group", "aria-label": words[2] }, [
      element("div", { "class": "kz-calendar-head" }, [
        element("button", { type: "button", "data-months": "-1", "aria-label": words[0] }, ["‹"]),
        element("span", { "aria-live": "polite" }, [name]),
        element("button", { type: "button", "data-months": "1", "aria-label": words[1] }, ["›"])
      ]),
      element("table", { role: "grid", "aria-label": name }, [
        element("thead", {}, [element("tr", {}, days.map(function (day) { return element("th", { scope: "col" }, [day]); }))]),
        element("tbody", {}, rows)
      ])
    ]);
    var old = isOpen(field);
    if (old) old.replaceWith(calendar);
    else field.whole.append(calendar);
    field.opener.setAttribute("aria-expanded", "true");
    var target = calendar.querySelector(focused || '[tabindex="0"]');
    if (target) target.focus();
  }

  function shownDay(field) {
    return new Date(field.whole.querySelector('.kz-calendar [tabindex="0"]').dataset.day);
  }

  function moved(day, event) {
    var weekday = (day.getUTCDay() + 6) % 7;
    switch (event.key) {
      case "ArrowLeft": return later(day, -1);
      case "ArrowRight": return later(day, 1);
      case "ArrowUp": return later(day, -7);
      case "ArrowDown": return later(day, 7);
      case "Home": return later(day, -weekday);
      case "End": return later(day, 6 - weekday);
      case "PageUp": return monthLater(day, event.shiftKey ? -12 : -1);
      case "PageDown": return monthLater(day, event.shiftKey ? 12 : 1);
      default: return null;
    }
  }

  document.addEventListener("click", function (event) {
    var field = fieldOf(event.target), day, turn;
    document.querySelectorAll(".kz-calendar").forEach(function (calendar) {
      var own = fieldOf(calendar);
      if (!field || own.whole !== field.whole) close(own, false);
    });
    if (!field) return;
    if (event.target.closest(".kz-date-open")) {
      if (isOpen(field)) close(field, true);
      else draw(field, read(field.box.value) || new Date(field.whole.dataset.last || field.whole.dataset.first || iso(new Date())));
    } else if ((turn = event.target.closest(".kz-calendar button"))) {
      draw(field, monthLater(shownDay(field), Number(turn.dataset.months)), 'button[data-months="' + turn.dataset.months + '"]');
    } else if ((day = event.target.closest("td[data-day]")) && !day.hasAttribute("aria-disabled")) {
      choose(field, new Date(day.dataset.day));
    }
    /* What was clicked may be gone from the page by now: nobody else could tell where it was. */
    if (event.target.closest(".kz-calendar")) event.stopPropagation();
  }, true);

  /* Before anybody else hears of it: a page's own keys are not for who is in a calendar. */
  document.addEventListener("keydown", function (event) {
    var field = fieldOf(event.target);
    if (!field || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target === field.box && event.key === "Enter") tidy(field);
    if (!isOpen(field)) return;
    if (event.key === "Escape") {
      close(field, true);
    } else if (event.target.matches("td")) {
      var day = shownDay(field), to = moved(day, event);
      if (to) draw(field, to);
      else if ((event.key === "Enter" || event.key === " ") && !event.target.hasAttribute("aria-disabled")) choose(field, day);
      else return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  document.addEventListener("focusout", function (event) {
    var field = fieldOf(event.target), to = event.relatedTarget;
    if (field && event.target === field.box) tidy(field);
    if (field && to && !field.whole.contains(to)) close(field, false);
  }, true);
  document.addEventListener("input", function (event) {
    var field = fieldOf(event.target);
    if (field && event.target === field.box) mark(field, false);
  });
})();
