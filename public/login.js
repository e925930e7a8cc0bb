/**
 * The login page: finds a place where this browser keeps the login's secret, then moves on to the LMS. Where nothing
 * holds, it offers the same login in a new window now, while the LMS's single-use hints are unspent.
 */
import { putData } from './platform-storage.js';

const page = document.getElementById('login');
const { key, secret, probe, storageTarget, storageOrigin } = page.dataset;

function cookiesHold() {
  try {
    return document.cookie.split('; ').some((cookie) => cookie.startsWith(`${probe}=`) || cookie.startsWith(`${probe}_u=`));
  } catch {
    return false;
  }
}

function sessionStorageHolds() {
  try {
    sessionStorage.setItem(key, secret);
    return sessionStorage.getItem(key) === secret;
  } catch {
    return false;
  }
}

async function platformStorageHolds() {
  if (!storageTarget) return false;
  return putData({ target: storageTarget, origin: storageOrigin }, key, secret);
}

function show(id) {
  for (const section of page.querySelectorAll('section')) section.hidden = section.id !== id;
  page.classList.remove('later');
  const heading = page.querySelector(`#${id} h1`);
  document.title = heading.textContent;
  heading.focus();
}

/** A selection made in the new window comes back here, signed, because the LMS waits for it in this frame. */
function submitHere({ return_url, jwt }) {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = return_url;
  const field = Object.assign(document.createElement('input'), { type: 'hidden', name: 'JWT', value: jwt });
  form.append(field);
  document.body.append(form);
  form.submit();
}

function offerNewWindow() {
  show('new-window');
  page.querySelector('form').addEventListener('submit', ({ target }) => {
    const name = `lti_${key}`;
    // Named and opened by us, so that it can hand a selection back; a link to _blank would cut the tie.
    const opened = window.open('about:blank', name);
    if (opened) target.target = name;
    addEventListener('message', ({ data, origin, source }) => {
      if (origin !== location.origin || source !== opened || data?.type !== 'lti-bridge.selection') return;
      source.postMessage({ type: 'lti-bridge.selection.taken' }, origin);
      submitHere(data);
    });
    show('opened');
    // Within reach for another try, should that window have been closed or blocked.
    document.getElementById('opened').append(target);
  });
}

if (cookiesHold() || sessionStorageHolds() || (await platformStorageHolds())) {
  location.replace(document.getElementById('continue').href);
} else {
  offerNewWindow();
}
