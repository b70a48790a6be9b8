// A form that is sent twice is answered twice, and only the first answer holds what its writer must keep. So a second click
// while the first is under way does nothing. Without script the second answer says that the first was taken.

for (const form of document.querySelectorAll('form[method="post"]')) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  // A page that comes back from the browser's memory may be sent again.
  addEventListener("pageshow", () => {
    sent = false;
  });
}
