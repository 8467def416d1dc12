// A grid for the keyboard. Each row has an id made here, so that sending it twice enters it once.
// What is not yet acknowledged lies in sessionStorage: it survives a reload, not the tab.
(() => {
  const form = document.getElementById("entry");
  if (!form) return;
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const columns = read("entry-columns");
  const words = read("entry-words");
  const body = form.querySelector("tbody");
  const about = document.getElementById("about");
  const store = `entry-${form.dataset.owner}`;
  const AGAIN = 4000;
  const MIN_ROWS = 5;
  const rows = [];

  const newId = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };
  const cells = (row) =>
    Object.fromEntries(columns.map(({ key }, at) => [key, row.fields[at].value.trim()]));
  const empty = (row) => row.fields.every((field) => !field.value.trim());
  const over = (row) => row.state === "admitted" || row.state === "duplicate";

  const remember = () => {
    const waiting = rows
      .filter((row) => !empty(row) && !over(row))
      .map((row) => ({ id: row.id, about: row.about, cells: cells(row) }));
    if (waiting.length) sessionStorage.setItem(store, JSON.stringify(waiting));
    else sessionStorage.removeItem(store);
  };

  const show = (row, state, faults = {}) => {
    row.state = state;
    row.cell.textContent = state ? words[state] : "";
    row.line.dataset.state = state;
    columns.forEach(({ key }, at) => {
      const fault = faults[key] ?? "";
      row.fields[at].setAttribute("aria-invalid", fault ? "true" : "false");
      row.fields[at].title = fault;
    });
    const told = Object.values(faults);
    if (told.length) row.cell.textContent = told.join(" ");
    if (over(row)) for (const field of row.fields) field.readOnly = true;
    remember();
  };

  const add = (given) => {
    const line = document.createElement("tr");
    const cell = document.createElement("td");
    cell.className = "entry-state";
    cell.setAttribute("aria-live", "polite");
    line.append(cell);
    const row = { id: given?.id ?? newId(), about: given?.about, line, cell, state: "" };
    row.fields = columns.map(({ key, label, choices, width }) => {
      const field = document.createElement("input");
      field.setAttribute("aria-label", `${label} ${rows.length + 1}`);
      field.autocomplete = "off";
      field.spellcheck = false;
      field.size = width;
      if (choices.length) field.setAttribute("list", `choices-${key}`);
      field.value = given?.cells?.[key] ?? "";
      const td = document.createElement("td");
      td.append(field);
      line.append(td);
      return field;
    });
    rows.push(row);
    body.append(line);
    return row;
  };

  const save = async (row) => {
    if (empty(row) || over(row) || row.state === "saving") return;
    const sent = JSON.stringify(cells(row));
    row.about ??= about.value;
    show(row, "saving");
    let answer;
    try {
      const response = await fetch(form.action, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "X-CSRFToken": form.elements.namedItem("csrfmiddlewaretoken").value,
        },
        body: JSON.stringify({ id: row.id, about: row.about, cells: JSON.parse(sent) }),
      });
      if (response.redirected || response.status === 403) return show(row, "signed-out");
      if (response.status >= 500) return show(row, "offline");
      answer = await response.json();
    } catch {
      return show(row, "offline");
    }
    if (answer.error) {
      row.about = undefined;
      show(row, "refused");
      row.cell.textContent = answer.error;
    } else {
      if (answer.outcome === "refused") row.about = undefined;
      show(row, answer.outcome, answer.faults);
    }
    row.sent = sent;
  };

  const rowOf = (target) => rows.find((row) => row.line.contains(target));
  const changed = (row) => row.sent !== JSON.stringify(cells(row));
  const move = (row, at, step) => {
    const next = rows[rows.indexOf(row) + step] ?? (step > 0 ? add() : null);
    next?.fields[at].focus();
  };

  body.addEventListener("input", (event) => {
    const row = rowOf(event.target);
    if (row && !over(row)) show(row, "typing");
    if (row === rows.at(-1)) add();
  });
  body.addEventListener("focusout", (event) => {
    const row = rowOf(event.target);
    if (row && !row.line.contains(event.relatedTarget) && changed(row)) save(row);
  });
  body.addEventListener("keydown", (event) => {
    const row = rowOf(event.target);
    const at = row?.fields.indexOf(event.target) ?? -1;
    if (at < 0) return;
    if (event.key === "Enter") {
      event.preventDefault();
      move(row, event.shiftKey ? at : 0, event.shiftKey ? -1 : 1);
    } else if (event.key === "ArrowDown" && event.altKey) move(row, at, 1);
    else if (event.key === "ArrowUp" && event.altKey) move(row, at, -1);
  });
  body.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain").replace(/\r/g, "").replace(/\n$/, "");
    if (!/[\t\n]/.test(text)) return;
    event.preventDefault();
    const first = rows.indexOf(rowOf(event.target));
    const left = rows[first].fields.indexOf(event.target);
    const touched = text.split("\n").map((line, down) => {
      const row = rows[first + down] ?? add();
      if (over(row)) return row;
      line.split("\t").forEach((value, right) => {
        if (row.fields[left + right]) row.fields[left + right].value = value.trim();
      });
      show(row, "typing");
      return row;
    });
    if (touched.at(-1) === rows.at(-1)) add();
    touched.reduce((before, row) => before.then(() => save(row)), Promise.resolve());
  });
  form.addEventListener("submit", (event) => event.preventDefault());

  const again = () => {
    for (const row of rows) if (row.state === "offline" || row.state === "signed-out") save(row);
  };
  window.addEventListener("online", again);
  setInterval(again, AGAIN);

  for (const one of JSON.parse(sessionStorage.getItem(store) ?? "[]")) show(add(one), "offline");
  while (rows.length < MIN_ROWS) add();
  again();
  rows.find(empty)?.fields[0].focus();
})();
