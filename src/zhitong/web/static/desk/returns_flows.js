// Flows from home to the province of work; a click on a home goes one level down.
(() => {
  const { draw, data, number } = window.charts;
  const flows = data("sankey-data");
  if (!flows) return;
  const labels = new Map(flows.nodes.map((one) => [one.name, one.label]));
  const label = ({ name }) => labels.get(name);
  const make = (colours) => ({
    tooltip: {
      formatter: ({ dataType, data: one, name, value }) =>
        dataType === "edge"
          ? `${labels.get(one.source)} → ${labels.get(one.target)}\n${number(one.value)} ${flows.unit}`
          : `${labels.get(name)}\n${number(value)} ${flows.unit}`,
    },
    series: [
      {
        type: "sankey",
        left: 8,
        right: 88,
        top: 8,
        bottom: 8,
        nodeGap: 6,
        draggable: false,
        data: flows.nodes.map(({ name }) => ({ name })),
        links: flows.links,
        label: { formatter: label, color: colours.text, fontSize: 12 },
        labelLayout: { hideOverlap: true },
        lineStyle: { color: "source", opacity: 0.35, curveness: 0.5 },
        itemStyle: { borderWidth: 0 },
        emphasis: { focus: "adjacency" },
      },
    ],
  });
  draw(document.getElementById("sankey"), make, ({ name }) => {
    const address = flows.addresses[name];
    if (address) window.location.assign(address);
  });
})();
