// What is under the pointer, or at the stop that the arrow keys have reached, as a small table.

const FAR = 12; // units of the drawing: further from every panel, nothing is read

/** Add an element with a text to another. */
const make = (tag, parent, text = "", kind = "") => {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = kind;
  parent.append(element);
  return element;
};

/** Add a shape to a drawing. */
const draw = (tag, parent, attributes) => {
  const element = document.createElementNS(parent.namespaceURI, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
};

const pointIn = (svg, event) =>
  new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());

class Hover {
  constructor(figure) {
    this.plot = figure.querySelector(".plot");
    this.svg = this.plot.querySelector("svg");
    const { width, height } = this.svg.viewBox.baseVal;
    this.panels = JSON.parse(figure.dataset.hover || "[]")
      .map((data) => new Panel(data, width, height))
      .filter((panel) => panel.stops.length);
    this.tip = make("div", this.plot, "", "tip");
    this.tip.setAttribute("role", "status");
    this.hide();
    if (this.panels.length) this.listen();
  }

  listen() {
    this.plot.tabIndex = 0;
    this.plot.setAttribute("role", "group");
    this.plot.setAttribute("aria-label", "Figure; the arrow keys read its numbers point by point");
    this.plot.addEventListener("keydown", (event) => this.press(event));
    for (const kind of ["pointermove", "pointerdown"]) {
      this.plot.addEventListener(kind, (event) => this.follow(event));
    }
    for (const kind of ["pointerleave", "blur"]) {
      this.plot.addEventListener(kind, () => this.hide());
    }
  }

  hide() {
    this.tip.hidden = true;
    this.cursor?.remove();
    this.cursor = this.shown = null;
  }

  follow(event) {
    const point = pointIn(this.svg, event);
    const panel = this.panels[least(this.panels.map((each) => each.distance(point)))];
    if (panel.distance(point) > FAR) this.hide();
    else this.show(panel, panel.nearest(point));
  }

  press(event) {
    const panel = this.shown ? this.panels.indexOf(this.shown.panel) : 0;
    const stop = this.shown ? this.shown.stop : -1, wide = event.shiftKey ? 10 : 1;
    const moves = {
      ArrowRight: [panel, stop + wide],
      ArrowLeft: [panel, stop < 0 ? Infinity : stop - wide],
      ArrowDown: [panel + (this.shown ? 1 : 0), stop],
      ArrowUp: [panel - 1, stop],
      Home: [panel, 0],
      End: [panel, Infinity],
    };
    if (event.key === "Escape") this.hide();
    if (!moves[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const next = this.panels[clamp(moves[event.key][0], 0, this.panels.length - 1)];
    this.show(next, clamp(moves[event.key][1], 0, next.stops.length - 1));
  }

  show(panel, stop) {
    this.hide();
    const found = panel.read(stop);
    this.shown = { panel, stop };
    this.cursor = draw("g", this.svg, { class: "cursor" });
    if (found.guide !== null) {
      draw("line", this.cursor,
        { x1: found.guide, x2: found.guide, y1: found.top, y2: found.bottom });
    }
    for (const { x, y, ink } of found.marks) {
      draw("circle", this.cursor, { cx: x, cy: y, r: 3.2 }).style.fill = ink;
    }
    this.fill(panel.data.title, found);
    this.place(found);
  }

  fill(title, found) {
    this.tip.replaceChildren();
    make("b", this.tip, title);
    if (found.line) make("span", this.tip, found.line);
    const table = make("table", this.tip);
    if (found.rows.some((row) => row[3])) {
      const head = make("tr", make("thead", table));
      for (const text of ["", "value", "95 % interval"]) make("th", head, text);
    }
    const body = make("tbody", table);
    for (const [look, name, value, limits] of found.rows) {
      const row = make("tr", body), cell = make("th", row);
      if (look) make("span", cell, "", `key ${look}`);
      cell.append(name);
      make("td", row, value);
      if (limits) make("td", row, limits);
    }
  }

  /** Put the table above what is read, below it where the window ends; never beside the plot. */
  place(found) {
    this.tip.hidden = false;
    const corner = this.plot.getBoundingClientRect(), matrix = this.svg.getScreenCTM();
    const onScreen = (y) => new DOMPoint(found.guide ?? found.marks[0].x, y).matrixTransform(matrix);
    const { x, y } = onScreen(found.top), above = y - this.tip.offsetHeight - 2;
    const left = x - corner.left - this.tip.offsetWidth / 2;
    const room = Math.max(this.plot.clientWidth - this.tip.offsetWidth, 0);
    this.tip.style.left = `${clamp(left, 0, room)}px`;
    this.tip.style.top = `${(above >= 0 ? above : onScreen(found.bottom).y + 4) - corner.top}px`;
  }
}

for (const plot of document.querySelectorAll("figure .plot")) new Hover(plot.closest("figure"));
