const seconds = 60;
const [width, height] = [240, 56];

/** Events per second over the last minute, as a line. */
export class Pulse {
  /** Events by second, the newest last. The current second is separate: incomplete, it would look like a drop. */
  readonly #counts: number[] = Array.from({ length: seconds }, () => 0);
  #running = 0;
  readonly #line: SVGPathElement;
  readonly #area: SVGPathElement;
  #second = now();

  constructor(svg: Element) {
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const path = (className: string): SVGPathElement => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", "path");
      made.setAttribute("class", className);
      svg.append(made);
      return made;
    };
    this.#area = path("area");
    this.#line = path("line");
  }

  /** Of the last full second. */
  get rate(): number {
    this.#shift();
    return this.#counts.at(-1) ?? 0;
  }

  count(): void {
    this.#shift();
    this.#running++;
  }

  draw(): void {
    this.#shift();
    const most = Math.max(10, ...this.#counts);
    const step = width / (seconds - 1);
    const points = this.#counts.map((count, i) => {
      return `${(i * step).toFixed(1)},${(height - 2 - (count / most) * (height - 6)).toFixed(1)}`;
    });
    this.#line.setAttribute("d", `M${points.join("L")}`);
    this.#area.setAttribute("d", `M0,${height}L${points.join("L")}L${width},${height}Z`);
  }

  /** Seconds without events count too. */
  #shift(): void {
    const second = now();
    for (let passed = Math.min(second - this.#second, seconds); passed > 0; passed--) {
      this.#counts.shift();
      this.#counts.push(this.#running);
      this.#running = 0;
    }
    this.#second = second;
  }
}

const now = (): number => Math.floor(performance.now() / 1000);
