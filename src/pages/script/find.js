// The find page: "near me" fills in where the reader is. Without script the box takes a town or a postcode.

const button = document.querySelector("[data-near-me]");
if (button && navigator.geolocation) {
  button.hidden = false;
}
