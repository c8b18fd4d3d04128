// <spark-line data-points="[[times], [in], [out], ...]">: a chart in its own root, so that the page
// may be exchanged around it. Without scripts the drawing inside the element is what one sees.
(() => {
  const WIDTH_AT_LEAST = 60;

  class SparkLine extends HTMLElement {
    static observedAttributes = ["data-points"];

    connectedCallback() {
      if (!this.shadowRoot) this.build();
      this.sizes = new ResizeObserver(() => this.fit());
      this.sizes.observe(this);
      this.recolour = () => this.draw(true);
      document.addEventListener("themechange", this.recolour);
      this.draw();
    }

    disconnectedCallback() {
      this.sizes.disconnect();
      document.removeEventListener("themechange", this.recolour);
      this.plot?.destroy();
      this.plot = null;
    }

    attributeChangedCallback() {
      if (this.shadowRoot) this.draw();
    }

    build() {
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`
        :host { position: relative; overflow: hidden }
        .u-wrap { position: relative } .u-over, .u-under { position: absolute }
        canvas { display: block; position: relative; width: 100%; height: 100% }
        .u-legend, .u-axis, .u-select, .u-cursor-y { display: none }
        .u-cursor-x { position: absolute; left: 0; top: 0; height: 100%; border-right: 1px solid var(--muted); pointer-events: none }
        .u-cursor-pt { position: absolute; left: 0; top: 0; border-radius: 50%; pointer-events: none }
        .u-off { display: none }
        output { position: absolute; right: 0; top: -1px; padding: 0 4px; font: 500 11px var(--sans); font-variant-numeric: tabular-nums; color: var(--text); background: var(--panel); border-radius: 3px; pointer-events: none }
      `);
      root.adoptedStyleSheets = [sheet];
      this.box = root.appendChild(document.createElement("div"));
      this.said = root.appendChild(document.createElement("output"));
      this.said.hidden = true;
    }

    colour(name) {
      return getComputedStyle(this).getPropertyValue(name).trim();
    }

    size() {
      return { width: Math.max(WIDTH_AT_LEAST, this.clientWidth), height: this.clientHeight || 44 };
    }

    fit() {
      this.plot?.setSize(this.size());
    }

    points() {
      const found = JSON.parse(this.dataset.points);
      const end = Math.max(Date.now() / 1000, found[0].at(-1) ?? 0);
    // The last hour; as long as there is less, all there is.
    const span = Math.min(3600, Math.max(300, end - (found[0][0] ?? end)));
      return { data: found.slice(0, 3), still: found[3] ?? [], scale: { min: end - span, max: end } };
    }

    draw(anew = false) {
      const { data, still, scale } = this.points();
      this.still = still;
      if (anew) {
        this.plot?.destroy();
        this.plot = null;
      }
      if (!this.plot) this.plot = new uPlot(this.options(), data, this.box);
      this.plot.setData(data, false);
      this.plot.setScale("x", scale);
      const most = Math.max(1, ...data[1], ...data[2]);
      this.plot.setScale("y", { min: 0, max: most * 1.08 });
    }

    options() {
      const line = (stroke, more = {}) => ({ stroke, width: 1.5, points: { show: false }, ...more });
      return {
        ...this.size(),
        padding: [2, 0, 1, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 5 } },
        axes: [{ show: false }, { show: false }],
        scales: { x: { time: true, auto: false }, y: { auto: false } },
        series: [{}, line(this.colour("--in")), line(this.colour("--out"), { fill: this.colour("--out-fill") })],
        hooks: { setCursor: [(plot) => this.say(plot.cursor.idx)] },
      };
    }

    say(index) {
      const { data } = this.points();
      this.said.hidden = index == null || data[0][index] == null;
      if (this.said.hidden) return;
      const when = new Date(data[0][index] * 1000).toISOString().slice(11, 16);
      this.said.textContent = `${when}  in ${data[1][index]}  out ${data[2][index]}  open ${this.still[index]}`;
    }
  }

  customElements.define("spark-line", SparkLine);
})();
