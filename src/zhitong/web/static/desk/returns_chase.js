// The numbers of all offices to call, into the clipboard.
(() => {
  const button = document.querySelector("[data-copy]");
  button?.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied;
  });
})();
