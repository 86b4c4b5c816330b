// The numbers behind the figures, as text and as places. The page is whole without any script.
"use strict";

const NEAR = 0.015; // of a panel's width: a mark further from the stop is not read with it

const clamp = (value, low, high) => Math.max(low, Math.min(value, high));

/** Return the index of the smallest number, -1 where there is none. */
const least = (numbers) => numbers.reduce((best, each, n) =>
  (best < 0 || each < numbers[best] ? n : best), -1);

/** Write a number with its decimals, a true minus sign and narrow spaces between thousands. */
const numberText = (value, decimals) => {
  if (value === null || value === undefined) return "–";
  const [whole, rest] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, whole.length > 3 ? "\u202f" : "");
  const text = rest ? `${grouped}.${rest}` : grouped;
  return value < 0 && Number(value.toFixed(decimals)) !== 0 ? `\u2212${text}` : text;
};

const positionText = (value) => String(Number(value.toPrecision(6))).replace("-", "\u2212");

/** One panel of a figure, in the units of its drawing. */
class Panel {
  constructor(data, width, height) {
    this.data = data;
    [this.left, this.top, this.width, this.height] =
      data.box.map((part, n) => part * (n % 2 ? height : width));
    this.stops = data.places ? data.places.at : data.stops;
  }

  across(x) {
    const [low, high] = this.data.x;
    return this.left + (this.width * (x - low)) / (high - low);
  }

  /** Return how low a value is drawn; one beyond the panel stands at its edge. */
  down(y) {
    const scale = this.data.log ? Math.log10 : (value) => value;
    const [low, high] = this.data.y.map(scale);
    const place = this.top + (this.height * (high - scale(y))) / (high - low);
    return clamp(place, this.top, this.top + this.height);
  }

  distance(point) {
    return Math.hypot(
      point.x - clamp(point.x, this.left, this.left + this.width),
      point.y - clamp(point.y, this.top, this.top + this.height));
  }

  /** Return the stop nearest to a point: along x, or in both directions for scattered places. */
  nearest(point) {
    const { places } = this.data;
    return least(this.stops.map((x, n) => Math.hypot(
      this.across(x) - point.x, places ? this.down(places.up[n]) - point.y : 0)));
  }

  /** Return what is read at a stop: a heading, lines of [look, name, value, limits], and marks. */
  read(stop) {
    return this.data.places ? this.readPlace(stop) : this.readTraces(stop);
  }

  readTraces(stop) {
    const at = this.data.stops[stop], near = NEAR * (this.data.x[1] - this.data.x[0]);
    const rows = [], marks = [];
    for (const trace of this.data.traces) {
      const n = least(trace.at.map((x) => Math.abs(x - at)));
      if (n < 0 || Math.abs(trace.at[n] - at) > near) continue;
      const text = (values) => numberText(values[n], trace.decimals);
      const held = trace.low && trace.low[n] !== null && trace.high[n] !== null;
      const limits = held ? `${text(trace.low)} to ${text(trace.high)}` : "";
      rows.push([trace.look, trace.name, text(trace.value), limits]);
      const [ink] = trace.look.split(" ");
      marks.push({ x: this.across(trace.at[n] + trace.aside), y: this.down(trace.value[n]),
        ink: ink === "truth" ? "none" : `var(--${ink})` });
    }
    const line = `${this.data.across}: ${positionText(at)}`;
    return { line, rows, marks, guide: this.across(at), top: this.top,
      bottom: this.top + this.height };
  }

  readPlace(stop) {
    const rows = this.data.rows.map((row) =>
      ["", row.name, numberText(row.value[stop], row.decimals), ""]);
    const mark = { x: this.across(this.stops[stop]), y: this.down(this.data.places.up[stop]),
      ink: "none" };
    return { line: "", rows, marks: [mark], guide: null, top: mark.y - 8, bottom: mark.y + 8 };
  }
}
