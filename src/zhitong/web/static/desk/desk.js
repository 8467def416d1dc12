// Small things every page of the desk does: forms that submit on change, lists by keyboard.
(() => {
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-submit-on-change]");
    if (form && event.target.type === "date" && event.target.value && event.target.checkValidity()) {
      form.requestSubmit();
    }
  });

  // j and k walk through the rows of a list, Enter opens one, / goes to its search field.
  document.addEventListener("alpine:init", () => {
    Alpine.data("rows", () => ({
      key(event) {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const typing = event.target.matches("input, select, textarea");
        if (event.key === "/" && !typing) {
          event.preventDefault();
          this.$root.querySelector("input[type=search]")?.focus();
        } else if (event.key === "Escape" && typing) {
          event.target.blur();
        } else if (!typing && (event.key === "j" || event.key === "k")) {
          this.walk(event.key === "j" ? 1 : -1);
        }
      },
      walk(step) {
        const links = [...this.$root.querySelectorAll("[data-row-link]")];
        const at = links.indexOf(document.activeElement);
        const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
        links[Math.min(Math.max(next, 0), links.length - 1)]?.focus();
      },
    }));
  });
})();
