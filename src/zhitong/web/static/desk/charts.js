// What every chart shares: colours of the theme, redraw on resize and theme change.
(() => {
  const dark = () => document.documentElement.dataset.bsTheme === "dark";

  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const palette = () => ({
    dark: dark(),
    text: dark() ? "#dce1e7" : "#1f2937",
    muted: dark() ? "#9aa4b2" : "#5b6675",
    line: dark() ? "#3a4655" : "#d5dae1",
    land: dark() ? "#1f2a37" : "#eef1f5",
    border: dark() ? "#0f1722" : "#ffffff",
    coast: dark() ? "#55637a" : "#b3bcc9",
    flow: dark() ? "#66a8e8" : "#1d5fae",
    accent: dark() ? "#f4b860" : "#c2570c",
    steps: [1, 2, 3, 4, 5].map((step) => style(`--desk-step-${step}`)),
  });

  // `make(palette)` gives the option. Tooltips are drawn as text: the page admits no inline styles.
  const draw = (element, make, onClick) => {
    const chart = echarts.init(element, null, { renderer: "canvas" });
    const render = () => {
      const option = make(palette());
      option.textStyle = { fontFamily: getComputedStyle(document.body).fontFamily };
      option.tooltip = { renderMode: "richText", confine: true, ...option.tooltip };
      option.animation = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      chart.setOption(option, true);
      element.dataset.drawn = "yes";
    };
    render();
    if (onClick) chart.on("click", onClick);
    new ResizeObserver(() => chart.resize()).observe(element);
    document.addEventListener("themechange", render);
    return { redraw: render };
  };

  const data = (id) => {
    const element = document.getElementById(id);
    return element && JSON.parse(element.textContent);
  };

  const boundaries = async (address, within = "") => {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    const shapes = await response.json();
    shapes.features = shapes.features.filter(
      (one) => !one.properties.code || one.properties.code.startsWith(within),
    );
    return shapes;
  };

  const number = (value) => value.toLocaleString("en-US");

  window.charts = { draw, data, boundaries, number };
})();
