// A button that copies the text of a field, and says so.
(() => {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.copied;
    } catch {
      // No clipboard without https: leave the text selected for Ctrl+C.
      field.focus();
      field.select();
    }
  });
})();
