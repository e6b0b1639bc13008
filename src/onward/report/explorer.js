// Lets a reader look at any stretch of the predictions: drag to zoom, hover to read.
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("explorer-data").textContent);
  var root = document.getElementById("explorer"), canvas = root.querySelector("canvas");
  var said = root.querySelector(".reading"), shown = root.querySelector(".shown");
  var pen = canvas.getContext("2d"), left = 56, foot = 38, top = 10;
  var target = 0, from, to, pointed = null, drag = null, width, height, low, high, leaving, coarse, fine;
  // Of several streams, the one that is looked at; else the only one.
  var views = data.views || [data], view;

  function numbers(text, Kind) {
    var bytes = Uint8Array.from(atob(text), function (c) { return c.charCodeAt(0); });
    return new Kind(bytes.buffer);
  }
  function unpack(part) {
    part.time = part.time && numbers(part.time, Float64Array);
    part.classes = part.classes && numbers(part.classes, Int16Array);
    part.targets = part.targets.map(function (lines) {
      return lines.map(function (line) {
        return line.map(function (text) { return numbers(text, Float32Array); });
      });
    });
  }
  function choose(index) {
    view = views[index];
    if (!view.unpacked) view.parts.forEach(unpack);
    view.unpacked = true;
    coarse = view.parts[0]; fine = view.parts.filter(function (p) { return p.step === 1; });
    root.querySelectorAll("[data-view]").forEach(function (button) {
      button.hidden = +button.dataset.view !== index;
    });
    from = view.opens ? view.opens[0] : 0; to = view.opens ? view.opens[1] : view.rows; pointed = null; said.textContent = "";
  }

  function colour(name) {
    return getComputedStyle(root).getPropertyValue("--" + name).trim();
  }
  function count(n) { return Math.round(n).toLocaleString("en"); }
  function brief(v) {
    if (!isFinite(v)) return "none";
    var size = Math.abs(v);
    return size && (size < 1e-3 || size >= 1e6) ? v.toExponential(3) : String(+v.toPrecision(5));
  }
  function x(row) { return left + (row - from) / (to - from) * (width - left - 8); }
  function y(value) { return top + (high - value) / (high - low) * (height - top - foot); }
  function rowAt(px) { return from + (px - left) / (width - left - 8) * (to - from); }

  // The stretches to draw: every row where these are at hand, thinned rows between them.
  function far() { return coarse.step > 1 && to - from > 4 * width; }
  function visible() {
    var found = [], at = from;
    if (far()) return [[coarse, from, to]];
    fine.forEach(function (part) {
      var end = part.start + part.count;
      if (end <= at || part.start >= to || part === coarse) return;
      if (part.start > at) found.push([coarse, at, part.start]);
      found.push([part, Math.max(at, part.start), Math.min(to, end)]);
      at = end;
    });
    if (at < to) found.push([coarse, at, to]);
    return found;
  }
  function each(piece, line, draw) {
    var part = piece[0], values = part.targets[target][line];
    var first = Math.max(0, Math.floor((piece[1] - part.start) / part.step) - 1);
    var last = Math.min(part.count, Math.ceil((piece[2] - part.start) / part.step) + 1);
    for (var i = first; i < last; i++) {
      draw(part.start + (i + 0.5) * part.step - 0.5, values[0][i], values.length > 1 ? values[1][i] : values[0][i],
        values.length > 1 ? values[2][i] : values[0][i], part, i);
    }
  }
  function limits() {
    var lines = data.lines.length, pieces = visible(), others = [];
    low = Infinity; high = -Infinity;
    pieces.forEach(function (piece) {
      each(piece, 0, function (r, mean, a, b) {
        if (isFinite(a)) { low = Math.min(low, a); high = Math.max(high, b); }
      });
      if (lines > 1) each(piece, 1, function (r, mean) { if (isFinite(mean)) others.push(mean); });
    });
    if (data.range) { low = data.range[0]; high = data.range[1]; }
    // A few predictions that shoot off must not flatten all the others.
    others.sort(function (a, b) { return a - b; });
    if (!(low <= high)) { low = high = others.length ? others[0] : 0; }
    if (others.length && !data.range) {
      var span = high - low || 1, least = others[Math.floor(0.01 * others.length)];
      var most = others[Math.ceil(0.99 * others.length) - 1];
      low = Math.max(Math.min(low, least), low - span);
      high = Math.min(Math.max(high, most), high + span);
    }
    var margin = 0.06 * (high - low) || 0.5;
    low -= margin; high += margin;
    leaving = others.length > 0 && (others[0] < low || others[others.length - 1] > high);
  }
  function ticks(a, b, most) {
    var step = Math.pow(10, Math.floor(Math.log10((b - a) / most))), found = [];
    [1, 2, 5, 10].some(function (f) { if ((b - a) / (f * step) <= most) { step *= f; return true; } return false; });
    for (var v = Math.ceil(a / step) * step; v <= b; v += step) found.push(+v.toPrecision(12));
    return found;
  }
  function axes() {
    pen.lineWidth = 1; pen.strokeStyle = colour("grid"); pen.fillStyle = colour("muted");
    pen.textAlign = "right"; pen.textBaseline = "middle";
    ticks(low, high, 5).forEach(function (v) {
      pen.beginPath(); pen.moveTo(left, y(v)); pen.lineTo(width - 8, y(v)); pen.stroke();
      pen.fillText(brief(v), left - 6, y(v));
    });
    pen.textBaseline = "top";
    // Rows, or minutes where the data tell how long a row is.
    var unit = data.minutes || 1;
    ticks(from * unit, (to - 1) * unit, width < 500 ? 3 : 7).forEach(function (v) {
      if (!data.minutes && !Number.isInteger(v)) return;
      pen.textAlign = x(v / unit) > width - 40 ? "right" : "center";
      pen.fillText(data.minutes ? brief(v) + " min" : count(v), x(v / unit), height - foot + 6);
    });
    // Where every row is at hand, and what part of the whole is shown.
    var whole = width - left - 8, bar = height - 8;
    function stroke(a, b, name, thick) {
      pen.fillStyle = colour(name);
      pen.fillRect(left + a / view.rows * whole, bar - thick / 2, Math.max(2, (b - a) / view.rows * whole), thick);
    }
    stroke(0, view.rows, "grid", 3);
    fine.forEach(function (p) { stroke(p.start, p.start + p.count, "baseline", 3); });
    if (to - from < view.rows) stroke(from, to, "learner", 7);
  }
  function trace(index) {
    var line = data.lines[index];
    visible().forEach(function (piece) {
      pen.strokeStyle = pen.fillStyle = colour(line.role);
      if (piece[0].step > 1 && !line.bare) {
        pen.globalAlpha = 0.16; pen.lineWidth = Math.max(1, x(from + piece[0].step) - left);
        each(piece, index, function (r, mean, a, b) {
          if (isFinite(a)) { pen.beginPath(); pen.moveTo(x(r), y(a)); pen.lineTo(x(r), y(b) - 0.5); pen.stroke(); }
        });
      }
      pen.globalAlpha = line.alpha; pen.lineWidth = line.width; pen.lineJoin = "round";
      pen.beginPath();
      var on = false;
      each(piece, index, function (r, mean) {
        if (!isFinite(mean)) { on = false; return; }
        if (on) pen.lineTo(x(r), y(mean)); else pen.moveTo(x(r), y(mean));
        on = true;
      });
      if (!data.classes || piece[0].step > 1) pen.stroke();
      each(piece, index, function (r, mean, a, b, part, i) {
        if (part.step > 1 || line.bare || !isFinite(mean) || !(data.classes || x(r + 1) - x(r) > 8)) return;
        if (data.classes) {
          pen.fillStyle = colour(part.classes[2 * i] === part.classes[2 * i + 1] ? "learner" : "frozen");
        }
        pen.beginPath(); pen.arc(x(r), y(mean), 2.2, 0, 7); pen.fill();
      });
      pen.globalAlpha = 1;
    });
  }
  function draw() {
    var ratio = window.devicePixelRatio || 1;
    width = canvas.clientWidth; height = canvas.clientHeight;
    canvas.width = width * ratio; canvas.height = height * ratio;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.font = "12px system-ui, sans-serif";
    limits(); axes();
    pen.save(); pen.beginPath(); pen.rect(left, 0, width - left - 8, height - foot); pen.clip();
    for (var i = 0; i < data.lines.length; i++) trace(i);
    pen.fillStyle = colour("alert-edge");
    view.events.forEach(function (event) {
      if (event[0] >= from && event[0] < to) {
        pen.beginPath(); pen.moveTo(x(event[0]) - 4, 0); pen.lineTo(x(event[0]) + 4, 0);
        pen.lineTo(x(event[0]), 8); pen.fill();
      }
    });
    if (pointed !== null) {
      pen.strokeStyle = colour("muted"); pen.lineWidth = 1;
      pen.beginPath(); pen.moveTo(x(pointed), top); pen.lineTo(x(pointed), height - foot); pen.stroke();
    }
    if (drag) {
      pen.globalAlpha = 0.15; pen.fillStyle = colour("learner");
      pen.fillRect(Math.min(drag[0], drag[1]), top, Math.abs(drag[1] - drag[0]), height - top - foot);
      pen.globalAlpha = 1;
    }
    pen.restore();
    var all = visible().every(function (piece) { return piece[0].step === 1; });
    shown.textContent = "Rows " + count(from) + " to " + count(to - 1) + ": " + (all ? "every row." :
      "a line for the mean of " + count(coarse.step) + " rows, a band from the smallest to the largest" +
      (far() ? ". Zoom in where the bar is darker for every row." : "; every row where the bar is darker.")) +
      (leaving ? " Some predictions leave the axis." : "");
  }
  function read(row) {
    row = Math.max(from, Math.min(to - 1, Math.round(row)));
    var part = fine.find(function (p) { return row >= p.start && row < p.start + p.count; }) || coarse;
    var i = Math.min(part.count - 1, Math.max(0, Math.floor((row - part.start) / part.step)));
    pointed = part.start + (i + 0.5) * part.step - 0.5;
    var first = part.start + i * part.step, end = Math.min(view.rows, first + part.step) - 1;
    var words = [end > first ? "rows " + count(first) + " to " + count(end) : "row " + count(first)];
    if (data.minutes) words.push("minute " + (first * data.minutes).toFixed(3));
    if (part.time && isFinite(part.time[i])) {
      words.push(data.dates ? new Date(part.time[i]).toISOString().replace("T", " ").replace(".000Z", "").replace("Z", "")
        : "time " + brief(part.time[i]));
    }
    data.lines.forEach(function (line, index) {
      var v = part.targets[target][index];
      words.push(line.name + " " + brief(v[0][i]) +
        (v.length > 1 && v[1][i] !== v[2][i] ? " (" + brief(v[1][i]) + " to " + brief(v[2][i]) + ")" : ""));
    });
    if (part.classes) {
      words.push("true " + (data.classes[part.classes[2 * i]] || "none") +
        ", predicted " + (data.classes[part.classes[2 * i + 1]] || "none"));
    }
    view.events.forEach(function (event) {
      if (event[0] >= first && event[0] <= end) words.push(event[1]);
    });
    said.textContent = words.join(" · ");
    draw();
  }
  function show(a, b) {
    var size = Math.min(view.rows, Math.max(Math.min(8, view.rows), Math.round(b - a)));
    from = Math.round(Math.max(0, Math.min(view.rows - size, a)));
    to = from + size; pointed = null; said.textContent = "";
    draw();
  }
  function zoom(factor, centre) {
    var middle = centre === undefined ? (from + to) / 2 : centre, size = (to - from) * factor;
    show(middle - size * (middle - from) / (to - from), middle + size * (to - middle) / (to - from));
  }
  function pan(share) { var by = share * (to - from); show(from + by, to + by); }
  var acts = {
    "in": function () { zoom(0.5); }, out: function () { zoom(2); }, all: function () { show(0, view.rows); },
    back: function () { pan(-0.5); }, on: function () { pan(0.5); },
  };
  root.addEventListener("click", function (event) {
    var button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.act) acts[button.dataset.act]();
    else show(+button.dataset.from, +button.dataset.to);
  });
  root.addEventListener("change", function (event) {
    if (event.target.name === "view") choose(+event.target.value);
    else { target = +event.target.value; said.textContent = ""; }
    draw();
  });
  canvas.addEventListener("keydown", function (event) {
    var step = Math.max(1, Math.round((to - from) / 100)), at = pointed === null ? (from + to) / 2 : pointed;
    var keys = {
      ArrowLeft: function () { read(at - step); }, ArrowRight: function () { read(at + step); },
      "+": acts["in"], "=": acts["in"], "-": acts.out, "0": acts.all, Home: acts.all,
      PageUp: acts.back, PageDown: acts.on,
    };
    if (!keys[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault(); keys[event.key]();
  });
  function place(event) { return event.clientX - canvas.getBoundingClientRect().left; }
  canvas.addEventListener("pointerdown", function (event) {
    drag = [place(event), place(event)];
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", function (event) {
    if (drag) { drag[1] = place(event); draw(); } else read(rowAt(place(event)));
  });
  canvas.addEventListener("pointerup", function (event) {
    if (!drag) return;
    var ends = drag.map(rowAt).sort(function (a, b) { return a - b; }), far = Math.abs(drag[1] - drag[0]) > 8;
    drag = null;
    if (far) show(ends[0], ends[1]); else read(rowAt(place(event)));
  });
  canvas.addEventListener("pointercancel", function () { drag = null; draw(); });
  canvas.addEventListener("dblclick", acts.all);
  new ResizeObserver(draw).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  root.hidden = false;
  choose(0);
  draw();
})();
