/* What the browser does with a panel: its picture as PNG, a click on a point, its size on paper. */
(function () {
  var SCALE = 2, ROOM = 20, INK = "#1a212b", QUIET = "#5b6673"; /* paper is light, whatever the screen is */

  function linesOf(pen, text, width) {
    var lines = [], line = "";
    text.split(/[ \n]+/).forEach(function (word) {
      var longer = line ? line + " " + word : word;
      if (line && pen.measureText(longer).width > width) { lines.push(line); line = word; }
      else line = longer;
    });
    if (line) lines.push(line);
    return lines;
  }

  /* Title, subtitle, chart and the age of the data, one below the other on white. */
  function compose(texts, picture, width, height) {
    var canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    var family = getComputedStyle(document.body).fontFamily;
    var parts = [
      { text: texts.title, font: "700 17px " + family, colour: INK, step: 23 },
      { text: texts.subtitle, font: "400 13px " + family, colour: QUIET, step: 18 },
      { picture: true },
      { text: texts.foot, font: "400 11px " + family, colour: QUIET, step: 15 }
    ];
    var total = 2 * ROOM + height + ROOM;
    parts.forEach(function (part) {
      if (part.picture) return;
      pen.font = part.font;
      part.lines = linesOf(pen, part.text, width);
      total += part.lines.length * part.step;
    });
    canvas.width = SCALE * (width + 2 * ROOM);
    canvas.height = SCALE * total;
    pen.scale(SCALE, SCALE);
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    var y = ROOM;
    parts.forEach(function (part) {
      if (part.picture) { pen.drawImage(picture, ROOM, y + ROOM / 2, width, height); y += height + ROOM; return; }
      pen.font = part.font;
      pen.fillStyle = part.colour;
      pen.textBaseline = "top";
      part.lines.forEach(function (line) { pen.fillText(line, ROOM, y); y += part.step; });
    });
    return canvas;
  }

  /* A colour of the light theme by its name in /theme.css. */
  function onPaperColour(name) {
    var paper = document.createElement("div");
    paper.setAttribute("data-bs-theme", "light");
    document.body.appendChild(paper);
    var colour = getComputedStyle(paper).getPropertyValue("--kz-" + name).trim();
    paper.remove();
    return colour;
  }

  function sharpCanvas(width, height) {
    var canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    canvas.width = SCALE * width;
    canvas.height = SCALE * height;
    pen.scale(SCALE, SCALE);
    pen.textBaseline = "top";
    return { picture: canvas, pen: pen, width: width, height: height };
  }

  /* The answers to a question: one bar of its shares on both sides of the middle, each named below. */
  function drawAnswers(box, width) {
    var BAR = 22, LINE = 20, x = 0;
    var colours = { "kz-answer-fully": "mark", "kz-answer-partly": "partly", "kz-answer-not": "not" };
    var named = box.querySelectorAll("li"), drawn = sharpCanvas(width, BAR + 10 + named.length * LINE), pen = drawn.pen;
    pen.font = "400 13px " + getComputedStyle(document.body).fontFamily;
    box.querySelectorAll(".kz-answers-bar > span").forEach(function (part, place) {
      var size = (parseFloat(part.style.width) / 100) * width, y = BAR + 10 + place * LINE;
      x += (parseFloat(part.style.marginLeft || 0) / 100) * width;
      pen.fillStyle = onPaperColour(colours[part.className]);
      pen.fillRect(x, 0, Math.max(size - 1, 0), BAR);
      pen.fillRect(0, y + 2, 11, 11);
      pen.fillStyle = INK;
      pen.fillText(named[place].innerText.trim(), 18, y);
      x += size;
    });
    pen.fillRect(width / 2 - 0.5, 0, 1, BAR); /* the middle: which way a bar leans is what was felt */
    return drawn;
  }

  /* Bars that are a list on the page: each its name, figure and bar, what is said of it below. */
  function drawBars(list, width) {
    var pen = document.createElement("canvas").getContext("2d"), mark = onPaperColour("mark");
    var family = getComputedStyle(document.body).fontFamily, LINE = 18, BAR = 14, GAP = 16, FIGURE = 90;
    var fonts = { name: "400 13px " + family, figure: "600 13px " + family, said: "400 12px " + family };
    var height = 0;
    var rows = [].map.call(list.children, function (row) {
      var bar = row.querySelector(".kz-bar"), said = textOf(row, ".kz-bar-change");
      pen.font = fonts.name;
      var one = { name: linesOf(pen, textOf(row, ":scope > span"), width - FIGURE), figure: textOf(row, ".kz-bar-value") };
      pen.font = fonts.said;
      one.said = said ? linesOf(pen, said, width) : [];
      one.share = bar ? parseFloat(bar.style.width) / 100 : 0;
      height += (one.name.length + one.said.length) * LINE + BAR + GAP;
      return one;
    });
    var drawn = sharpCanvas(width, height), y = 0;
    pen = drawn.pen;
    rows.forEach(function (one) {
      pen.fillStyle = INK;
      pen.font = fonts.figure;
      pen.textAlign = "right";
      pen.fillText(one.figure, width, y);
      pen.textAlign = "left";
      pen.font = fonts.name;
      one.name.forEach(function (line) { pen.fillText(line, 0, y); y += LINE; });
      pen.fillStyle = mark;
      pen.fillRect(0, y, Math.max(2, one.share * width), BAR);
      y += BAR + 4;
      pen.fillStyle = QUIET;
      pen.font = fonts.said;
      one.said.forEach(function (line) { pen.fillText(line, 0, y); y += LINE; });
      y += GAP - 4;
    });
    return drawn;
  }

  function textOf(root, selector) {
    var found = root && root.querySelector(selector);
    return found ? found.innerText.trim() : "";
  }

  function save(panel, name, picture, width, height, shown) {
    var age = textOf(document, ".kz-age"), heading = textOf(panel, "h2"), below = panel.querySelector("h3");
    var own = below && below.compareDocumentPosition(shown) & Node.DOCUMENT_POSITION_FOLLOWING;
    var month = own ? textOf(panel, "h3") : "";
    var canvas = compose(
      { title: month ? heading + ". " + month : heading, subtitle: textOf(panel, ".kz-subtitle"), foot: age },
      picture, width, height
    );
    canvas.toBlob(function (blob) {
      var link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = name;
      link.click();
      setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
    }, "image/png");
  }

  function keep(button) {
    var panel = button.closest(".kz-panel"), name = button.dataset.file;
    var before = [].filter.call(panel.querySelectorAll(".kz-graph, .kz-bars, .kz-answers"), function (one) {
      return one.compareDocumentPosition(button) & Node.DOCUMENT_POSITION_FOLLOWING;
    });
    var shown = before[before.length - 1]; /* a panel may have two charts, each with its own buttons */
    if (!shown) return;
    if (!shown.matches(".kz-graph")) {
      var drawn = (shown.matches(".kz-bars") ? drawBars : drawAnswers)(shown, shown.clientWidth);
      save(panel, name, drawn.picture, drawn.width, drawn.height, shown);
      return;
    }
    var plot = shown.querySelector(".js-plotly-plot");
    if (!plot || !window.Plotly) return;
    var width = plot.clientWidth, height = plot.clientHeight;
    window.Plotly.toImage(plot, { format: "png", width: width, height: height, scale: SCALE }).then(function (url) {
      var picture = new Image();
      picture.onload = function () { save(panel, name, picture, width, height, shown); };
      picture.src = url;
    });
  }

  /* A click on a point does what the link of its row in the table does. */
  function follow(event) {
    var point = event.points && event.points[0];
    if (!point) return;
    var panel = event.event.target.closest(".kz-panel");
    [String(point.y), String(point.x).slice(0, 10)].some(function (mark) {
      var link = panel && panel.querySelector('[data-point="' + CSS.escape(mark) + '"] a');
      if (link) link.click();
      return Boolean(link);
    });
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest(".kz-png");
    if (button) keep(button);
  });
  document.addEventListener("pointerover", function (event) {
    var plot = event.target.closest(".kz-leads .js-plotly-plot");
    if (!plot || !plot.on) return;
    plot.removeListener("plotly_click", follow);
    plot.on("plotly_click", follow);
  });

  /* On paper a chart is as wide as its panel there: its drawing is scaled, not drawn anew. */
  function onPaper(yes) {
    document.querySelectorAll(".kz-graph .js-plotly-plot").forEach(function (plot) {
      var box = plot.closest(".kz-graph"), width = plot.clientWidth, height = plot.clientHeight;
      if (yes && (!width || box.style.getPropertyValue("--kz-shape"))) return;
      if (yes) box.style.setProperty("--kz-shape", width + " / " + height);
      else box.style.removeProperty("--kz-shape");
      plot.querySelectorAll(".main-svg").forEach(function (drawing) {
        if (yes) drawing.setAttribute("viewBox", "0 0 " + width + " " + height);
        else drawing.removeAttribute("viewBox");
      });
    });
  }
  window.addEventListener("beforeprint", function () { onPaper(true); });
  window.addEventListener("afterprint", function () { onPaper(false); });
})();

/* The briefing tells the server that prints it when every chart stands. */
(function () {
  if (window.location.pathname !== "/briefing" || !/[?&]printed=/.test(window.location.search)) return;
  var asking = setInterval(function () {
    var page = document.querySelector("#main h1");
    var charts = [].slice.call(document.querySelectorAll(".kz-graph"));
    if (!page || !charts.every(function (chart) { return chart.querySelector(".main-svg"); })) return;
    clearInterval(asking);
    /* On paper a link of this server leads nowhere. */
    document.querySelectorAll("a[href]").forEach(function (link) { link.removeAttribute("href"); });
    fetch("/drawn");
  }, 200);
})();
