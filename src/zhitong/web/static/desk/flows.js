// The plan's flows over the country: arcs whose width is people.
(() => {
  const { draw, data, boundaries, number } = window.charts;
  const flows = data("flow-data");
  if (!flows) return;

  const WIDEST = 9;
  const MARGIN = 1; // degrees around the arcs when zoomed in
  const most = Math.max(1, ...flows.arcs.map((arc) => arc.people));
  const ends = flows.arcs.flatMap((arc) => [arc.start, arc.end]);
  let near = ends.length > 0;

  const frame = () => {
    if (!near) return {};
    const [x, y] = [0, 1].map((axis) => ends.map((end) => end[axis]));
    return {
      boundingCoords: [
        [Math.min(...x) - MARGIN, Math.max(...y) + MARGIN],
        [Math.max(...x) + MARGIN, Math.min(...y) - MARGIN],
      ],
    };
  };

  const make = (colours) => ({
    tooltip: {
      formatter: ({ seriesType, data: arc }) =>
        seriesType === "lines" ? `${arc.from} → ${arc.to}\n${number(arc.people)} ${flows.unit}` : "",
    },
    geo: {
      map: "country",
      roam: true,
      silent: true,
      top: 8,
      bottom: 8,
      scaleLimit: { min: 1, max: 12 },
      itemStyle: { areaColor: colours.land, borderColor: colours.coast, borderWidth: 0.7 },
      emphasis: { disabled: true },
      ...frame(),
    },
    series: [
      {
        type: "lines",
        coordinateSystem: "geo",
        data: flows.arcs.map((arc) => ({
          ...arc,
          coords: [arc.start, arc.end],
          lineStyle: { width: 1 + ((WIDEST - 1) * arc.people) / most },
        })),
        lineStyle: { color: colours.flow, opacity: 0.55, curveness: 0.22, cap: "round" },
        emphasis: { lineStyle: { opacity: 1, color: colours.accent } },
      },
      {
        type: "scatter",
        coordinateSystem: "geo",
        silent: true,
        symbolSize: 5,
        itemStyle: { color: colours.accent },
        data: [...new Map(flows.arcs.map((arc) => [arc.to, arc.end])).values()],
      },
    ],
  });

  const start = async () => {
    echarts.registerMap("country", await boundaries(flows.map));
    const chart = draw(document.getElementById("flows"), make);
    const button = document.getElementById("zoom");
    button.addEventListener("click", () => {
      near = !near;
      button.textContent = near ? button.dataset.far : button.dataset.near;
      chart.redraw();
    });
  };
  start();
})();
