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

  function textOf(root, selector) {
    var found = root && root.querySelector(selector);
    return found ? found.innerText.trim() : "";
  }

  function chartBefore(button) {
    var panel = button.closest(".kz-panel");
    return { panel: panel, plot: panel && panel.querySelector(".js-plotly-plot") };
  }

  function keep(button) {
    var found = chartBefore(button), plot = found.plot;
    if (!plot || !window.Plotly) return;
    var width = plot.clientWidth, height = plot.clientHeight;
    var name = button.dataset.file;
    window.Plotly.toImage(plot, { format: "png", width: width, height: height, scale: SCALE }).then(function (url) {
      var picture = new Image();
      picture.onload = function () {
        var age = textOf(document, ".kz-age"), heading = textOf(found.panel, "h2"), month = textOf(found.panel, "h3");
        var canvas = compose(
          { title: month ? heading + ". " + month : heading, subtitle: textOf(found.panel, ".kz-subtitle"), foot: age },
          picture, width, height
        );
        canvas.toBlob(function (blob) {
          var link = document.createElement("a");
          link.href = URL.createObjectURL(blob);
          link.download = name;
          link.click();
          setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
        }, "image/png");
      };
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
