// Posts the one form of the page: this is how a platform sends a message through the browser.
const form = document.querySelector('form[data-submit]');
if ('twice' in form.dataset) {
  // As by a double click: the first is on its way, and has no answer yet, when the second leaves.
  fetch(form.action, {
    method: 'POST',
    mode: 'no-cors',
    credentials: 'include',
    body: new window.URLSearchParams(new window.FormData(form)),
  }).catch(() => undefined);
}
form.submit();
