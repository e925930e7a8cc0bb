/** The page of a launch whose cookie did not come back: looks for the login's secret in the storages and posts it along. */
import { getData } from './platform-storage.js';

const page = document.getElementById('proof');
const { key, storageTarget, storageOrigin } = page.dataset;

function fromSessionStorage() {
  try {
    // It stays for a reload, which is then told that the launch was used.
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

async function fromPlatformStorage() {
  return storageTarget ? getData({ target: storageTarget, origin: storageOrigin }, key) : undefined;
}

const form = page.querySelector('form');
// Empty when nothing was found: the answer then says what to do.
form.elements.proof.value = fromSessionStorage() ?? (await fromPlatformStorage()) ?? '';
form.submit();
