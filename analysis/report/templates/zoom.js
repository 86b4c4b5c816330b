// A shorter stretch along the axis that a figure's panels share, drawn anew over their width.

const CLOSEST = 50; // times the whole axis

class Zoom {
  constructor(hover) {
    this.hover = hover;
    this.axes = [...hover.svg.querySelectorAll(".xaxis")];
    this.panels = this.axes.length ? hover.panels : [];
    this.whole = this.panels.length ? [...this.panels[0].data.x] : null;
    this.views = null;
    if (this.whole) hover.reveal = (panel, stop) => this.reveal(panel.stops[stop]);
  }

  get range() {
    return this.panels[0].data.x;
  }

  get isClose() {
    return this.whole !== null && this.range[1] - this.range[0] < this.whole[1] - this.whole[0];
  }

  /** Show the axis from one place to another, moved so that it lies within the whole. */
  show(from, to) {
    this.views ||= this.panels.map((panel) => this.frame(panel));
    const [first, last] = this.whole, size = Math.min(to - from, last - first);
    const low = clamp(from, first, last - size), part = size / (last - first);
    this.panels.forEach((panel, n) => {
      panel.data.x = [low, low + size];
      const left = panel.left + (panel.width * (low - first)) / (last - first);
      const box = [left, panel.top, panel.width * part, panel.height];
      this.views[n].setAttribute("viewBox", box.join(" "));
      this.views[n].style.overflow = part < 1 ? "hidden" : "visible";
    });
    for (const dot of this.hover.svg.querySelectorAll(".along defs path")) {
      dot.setAttribute("transform", `scale(${part} 1)`); // so that it keeps its shape
    }
    this.hover.plot.classList.toggle("near", part < 1);
    this.drawTicks(part < 1);
    this.hover.hide();
  }

  /** Come closer by a factor about a place of the axis, the middle unless one is given. */
  closer(factor, place) {
    const [low, high] = this.range, about = place ?? (low + high) / 2;
    const least = (this.whole[1] - this.whole[0]) / CLOSEST;
    const ratio = Math.max(1 / factor, least / (high - low));
    this.show(about - (about - low) * ratio, about + (high - about) * ratio);
  }

  /** Move to a place of the axis that the stretch does not show. */
  reveal(place) {
    const [low, high] = this.range, half = (high - low) / 2;
    if (place < low || place > high) this.show(place - half, place + half);
  }

  reset() {
    if (this.views) this.show(...this.whole);
  }

  /** Put what a panel draws along the axis into a drawing of its own, which can be stretched. */
  frame(panel) {
    const axes = this.axes[panel.row].parentElement;
    const drawn = [...axes.querySelectorAll(".along, .area")];
    const view = draw("svg", axes, { x: panel.left, y: panel.top, width: panel.width,
      height: panel.height, preserveAspectRatio: "none" });
    drawn[0].before(view);
    view.append(...drawn);
    return view;
  }

  /** Draw ticks of the stretch in place of the axis's own, which return with the whole. */
  drawTicks(isClose) {
    this.ticks?.remove();
    for (const axis of this.axes) {
      for (const tick of axis.children) {
        if (tick.querySelector("use")) tick.style.display = isClose ? "none" : "";
      }
    }
    if (!isClose) return;
    this.ticks = draw("g", this.hover.svg, { class: "ticks" });
    const step = Zoom.step((this.range[1] - this.range[0]) / 6);
    for (let n = Math.ceil(this.range[0] / step); n * step <= this.range[1]; n += 1) {
      this.drawTick(n * step);
    }
  }

  drawTick(value) {
    for (const panel of this.panels) {
      const x = panel.across(value), bottom = panel.top + panel.height;
      draw("line", this.ticks, { x1: x, x2: x, y1: bottom, y2: bottom + 2.5 });
      if (panel.row === this.axes.length - 1) {
        draw("text", this.ticks, { x, y: bottom + 12 }).textContent = positionText(value);
      }
    }
  }

  /** Return the step of 1, 2 or 5 times a power of ten that is at least this large. */
  static step(size) {
    const power = 10 ** Math.floor(Math.log10(size));
    return power * ([1, 2, 5].find((each) => each * power >= size) || 10);
  }
}
