// Posts the one form of the page: this is how a platform sends a message through the browser.
document.querySelector('form[data-submit]').submit();
