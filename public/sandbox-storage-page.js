/** Answers the tools in the frames of this page, and says below how often they asked. */
import { createStorage } from './sandbox-storage.js';

const place = document.getElementById('storage');
const answer = createStorage(place.dataset.mode, 'lti_storage_frame');
const asked = [];

window.addEventListener('message', ({ data, origin, source }) => {
  // Not what this page says to itself, and nobody that has no origin to answer to.
  if (source === window || origin === 'null' || !source) return;
  const reply = answer(data, origin);
  if (reply) source.postMessage(reply, origin);
  if (typeof data?.subject === 'string' && data.subject.startsWith('lti.')) tell(`${data.subject} from ${origin}`);
});

function tell(what) {
  asked.push(what);
  place.textContent = `Asked of the storage: ${[...new Set(asked)].join(', ')}.`;
}
