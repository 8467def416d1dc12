// The drawing of a county: areas from the operator's boundaries, and a note beside what is pointed at.
(() => {
  const SVG = "http://www.w3.org/2000/svg";

  const drawAreas = async (sketch) => {
    const { boundaries, west, north, across, down } = sketch.dataset;
    const shapes = await window.charts.boundaries(boundaries);
    const point = ([longitude, latitude]) =>
      `${((longitude - west) * across).toFixed(1)} ${((north - latitude) * down).toFixed(1)}`;
    const ring = (points) => `M${points.map(point).join("L")}Z`;
    for (const { properties, geometry } of shapes.features) {
      if (geometry.type !== "MultiPolygon") continue;
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", geometry.coordinates.flat().map(ring).join(""));
      path.setAttribute("fill-rule", "evenodd");
      const place = sketch.querySelector(`[data-area][data-code="${properties.code}"]`);
      if (place) {
        path.classList.add("area");
        place.replaceChildren(path);
      } else {
        sketch.querySelector(".others").append(path);
      }
    }
    sketch.dataset.drawn = "yes";
  };

  const tip = document.createElement("div");
  tip.className = "map-tip";
  tip.setAttribute("aria-hidden", "true"); // the links carry the same words
  tip.hidden = true;

  const GAP = 8;
  const show = (place) => {
    tip.textContent = place.dataset.tip;
    tip.hidden = false;
    const at = place.getBoundingClientRect();
    const own = tip.getBoundingClientRect();
    const left = at.left + at.width / 2 - own.width / 2;
    const above = at.top - own.height - GAP;
    tip.style.left = `${Math.min(Math.max(GAP, left), window.innerWidth - own.width - GAP)}px`;
    tip.style.top = `${above < GAP ? at.bottom + GAP : above}px`;
  };
  const hide = () => {
    tip.hidden = true;
  };

  const noted = (event) => event.target.closest?.("[data-tip]");
  if (document.querySelector("[data-tip]")) document.body.append(tip);
  for (const kind of ["pointerover", "focusin"]) {
    document.addEventListener(kind, (event) => (noted(event) ? show(noted(event)) : hide()));
  }
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", hide, true);
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());

  const sketch = document.querySelector("[data-boundaries]");
  if (sketch) drawAreas(sketch);
})();
