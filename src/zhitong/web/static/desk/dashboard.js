// The dashboard's map of divisions and its trend; both read what the server put into the page.
(() => {
  const { draw, data, boundaries, number } = window.charts;

  const drawMap = async (element, map) => {
    const [shapes, over] = await Promise.all([
      boundaries(map.address, map.within),
      map.over ? boundaries(map.over, map.within) : null,
    ]);
    echarts.registerMap("children", shapes);
    if (over) echarts.registerMap("over", over);
    const byCode = new Map(map.values.map((one) => [one.code, one]));
    const name = (code) => byCode.get(code)?.name ?? code;
    const make = (colours) => ({
      tooltip: {
        formatter: ({ name: code }) => {
          const one = byCode.get(code);
          if (!one) return "";
          const people = one.value === null ? "" : `\n${number(one.value)} ${map.unit}`;
          return `${one.name}${people}\n${one.coverage}`;
        },
      },
      // Without a step nobody has said anything, and there is nothing to colour.
      ...(map.steps.length > 0 && {
        visualMap: {
          type: "piecewise",
          show: false,
          seriesIndex: 0,
          pieces: map.steps.map(([low, high], at) => ({
            gte: low,
            lte: high,
            color: colours.steps[at + 5 - map.steps.length],
          })),
        },
      }),
      geo: over && {
        map: "over",
        silent: true,
        z: 3,
        top: 12,
        bottom: 12,
        itemStyle: { areaColor: "transparent", borderColor: colours.border, borderWidth: 0.4, opacity: 0.6 },
        emphasis: { disabled: true },
      },
      series: [
        {
          type: "map",
          map: "children",
          nameProperty: "code",
          top: 12,
          bottom: 12,
          selectedMode: false,
          label: {
            show: true,
            formatter: ({ name: code }) => name(code),
            color: colours.text,
            fontSize: 11,
            textBorderColor: colours.border,
            textBorderWidth: 2,
          },
          labelLayout: { hideOverlap: true },
          itemStyle: { areaColor: colours.land, borderColor: colours.border, borderWidth: 1.2 },
          emphasis: {
            label: { color: colours.text },
            itemStyle: { areaColor: null, borderColor: colours.accent, borderWidth: 2 },
          },
          data: map.values.map((one) => ({ name: one.code, value: one.value ?? "-" })),
        },
      ],
    });
    draw(element, make, ({ name: code }) => {
      const address = byCode.get(code)?.address;
      if (address) window.location.assign(address);
    });
  };

  const drawTrend = (element, trend) => {
    const make = (colours) => ({
      color: trend.series.map((one) => one.colour),
      tooltip: { trigger: "axis", valueFormatter: number, order: "seriesDesc" },
      legend: { top: 0, textStyle: { color: colours.text }, itemWidth: 14, itemHeight: 10, icon: "rect" },
      grid: { left: 8, right: 16, top: 56, bottom: 8, containLabel: true },
      xAxis: {
        type: "category",
        data: trend.days,
        boundaryGap: trend.days.length === 1,
        axisLine: { lineStyle: { color: colours.line } },
        axisLabel: { color: colours.muted, formatter: (day) => day.slice(5) },
      },
      yAxis: {
        type: "value",
        splitLine: { lineStyle: { color: colours.line } },
        axisLabel: { color: colours.muted, formatter: number },
      },
      series: trend.series.map((one) => ({
        name: one.label,
        type: trend.days.length === 1 ? "bar" : "line",
        barMaxWidth: 64,
        stack: "all",
        symbol: "none",
        lineStyle: { width: 1 },
        areaStyle: { opacity: 0.85 },
        data: trend.counts[one.key],
      })),
    });
    draw(element, make);
  };

  const map = data("map-data");
  if (map) drawMap(document.getElementById("map"), map);
  const trend = data("trend-data");
  if (trend) drawTrend(document.getElementById("trend"), trend);
})();
