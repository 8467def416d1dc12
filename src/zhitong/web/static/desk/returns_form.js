// A unit's form: the total follows the categories, a difference asks for its reason.
(() => {
  document.querySelector("[data-focus]")?.focus();
  const form = document.querySelector("[data-unit-form]");
  const total = form?.elements.namedItem("total");
  if (!total) return;

  const read = (selector) =>
    [...form.querySelectorAll(selector)].map((row) => ({
      row,
      derived: Number(row.querySelector("[data-derived]").dataset.derived),
      field: row.querySelector(".figure-field"),
      reason: row.querySelector(".reason-field"),
    }));
  const lines = read("[data-line]");
  // Items that the registry counts; those that units are asked have nothing to differ from.
  const items = read("[data-item-line]").filter(({ field }) => field);
  const count = (field) => {
    const text = field.value.trim().replaceAll(",", "");
    return /^\d+$/.test(text) ? Number(text) : null;
  };
  const follow = (event) => {
    for (const { row, derived, field, reason } of [...lines, ...items]) {
      const differs = count(field) !== derived;
      row.classList.toggle("differs", differs);
      if (reason) {
        reason.required = differs && count(field) !== null;
        reason.disabled = !differs;
      }
    }
    const counts = lines.map(({ field }) => count(field));
    if (event && !counts.includes(null)) total.value = counts.reduce((sum, one) => sum + one, 0);
  };
  for (const { field } of [...lines, ...items]) field.addEventListener("input", follow);
  follow();
})();
