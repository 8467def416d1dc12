// The list of units: tick all that wait, and the trend of what was declared.
(() => {
  const form = document.querySelector("[data-tick]");
  const all = form?.querySelector("[data-tick-all]");
  const boxes = () => [...form.querySelectorAll("input[name=unit]")];
  all?.addEventListener("change", () => {
    // Ticking all means what waits; what was accepted is taken back by hand.
    const waiting = boxes().filter((box) => "tickWaiting" in box.dataset);
    for (const box of waiting.length ? waiting : boxes()) box.checked = all.checked;
  });
  form?.addEventListener("change", (event) => {
    if (event.target.name !== "unit") return;
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0;
    all.indeterminate = ticked > 0 && ticked < boxes().length;
  });

  const { draw, data, number } = window.charts;
  const trend = data("returns-trend-data");
  if (!trend) return;
  draw(document.getElementById("returns-trend"), (colours) => ({
    color: [colours.flow],
    tooltip: { trigger: "axis", valueFormatter: (value) => `${number(value)} ${trend.unit}` },
    grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
    xAxis: {
      type: "category",
      data: trend.days,
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: { color: colours.muted, formatter: (day) => day.slice(5) },
    },
    yAxis: {
      type: "value",
      splitLine: { lineStyle: { color: colours.line } },
      axisLabel: { color: colours.muted, formatter: number },
    },
    series: [{ type: "bar", barMaxWidth: 40, data: trend.people }],
  }));
})();
