// Figures as large as the window, where those with an axis of times can be zoomed along it.

class Enlarger {
  constructor(figure) {
    this.figure = figure;
    this.hover = new Hover(figure);
    this.zoom = new Zoom(this.hover);
    this.title = figure.querySelector("h2").textContent;
    this.opener = make("button", figure, "enlarge", "opener");
    this.opener.setAttribute("aria-label", `Enlarge: ${this.title}`);
    this.opener.addEventListener("click", () => this.open());
    figure.prepend(this.opener);
    if (this.zoom.whole) this.listen(this.hover.plot);
  }

  get isOpen() {
    return this.figure.parentElement.tagName === "DIALOG";
  }

  /** Return the place along the axis under the pointer. */
  place(event) {
    const panel = this.zoom.panels[0], [low, high] = this.zoom.range;
    const part = (pointIn(this.hover.svg, event).x - panel.left) / panel.width;
    return low + part * (high - low);
  }

  listen(plot) {
    let held = null;
    plot.addEventListener("pointerdown", (event) => {
      if (!this.zoom.isClose) return;
      held = this.place(event);
      plot.setPointerCapture(event.pointerId);
    });
    plot.addEventListener("pointermove", (event) => {
      if (held === null) return;
      const shift = held - this.place(event);
      this.zoom.show(...this.zoom.range.map((end) => end + shift));
    });
    for (const end of ["pointerup", "pointercancel"]) {
      plot.addEventListener(end, () => { held = null; });
    }
    plot.addEventListener("wheel", (event) => {
      if (!this.isOpen) return;
      event.preventDefault();
      this.zoom.closer(Math.exp(-clamp(event.deltaY, -100, 100) / 300), this.place(event));
    }, { passive: false });
  }

  open() {
    const dialog = make("dialog", document.body, "", "large");
    const gap = document.createElement("div");
    gap.style.height = `${this.figure.offsetHeight}px`;
    this.figure.replaceWith(gap);
    dialog.setAttribute("aria-label", this.title);
    this.addButtons(dialog);
    dialog.append(this.figure);
    dialog.addEventListener("close", () => {
      this.zoom.reset();
      gap.replaceWith(this.figure);
      dialog.remove();
      this.opener.focus({ preventScroll: true });
    });
    dialog.showModal();
    this.hover.plot.focus();
  }

  addButtons(dialog) {
    const bar = make("p", dialog, "", "bar"), add = (text, act) =>
      make("button", bar, text).addEventListener("click", act);
    add("close", () => dialog.close());
    if (!this.zoom.whole) return;
    add("zoom in", () => this.zoom.closer(1.5));
    add("zoom out", () => this.zoom.closer(1 / 1.5));
    add("whole", () => this.zoom.reset());
    make("span", bar, "Wheel: zoom. Drag: move. Arrow keys: from point to point.", "soft");
  }
}

for (const plot of document.querySelectorAll("figure .plot")) new Enlarger(plot.closest("figure"));
addEventListener("beforeprint", () => document.querySelector("dialog.large")?.close());
