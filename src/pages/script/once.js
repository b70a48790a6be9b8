// A form that is sent twice is answered twice, and only the first answer holds what its writer must keep. So a second click
// while the first is under way does nothing. Without script the second answer says that the first was taken.

for (const form of document.querySelectorAll('form[method="post"]')) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => {
    sent = false;
  });
}

// A page that comes back from the browser's memory says what was true when it was left: what may have been taken back since
// is read anew.
addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("form[data-fresh]")) location.reload();
});
