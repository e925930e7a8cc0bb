/**
 * The listener: hears what the application in the frame selects, has it signed, and posts it to the LMS.
 *
 * Only messages of our own frame, from the application's exact origins, count; everything else is as if it had not been
 * said. What is refused goes back to the application as {type: 'lti.error'}, and the page stays open for another try.
 */
const page = document.getElementById('listener');
const frame = document.getElementById('application');
const notice = document.getElementById('notice');
const { address, token, maxBytes } = page.dataset;
const origins = JSON.parse(page.dataset.origins);

let underWay;
let heardSomething = false;
let ignored = 0;

addEventListener('message', async ({ data, origin, source }) => {
  if (source !== frame.contentWindow || !origins.includes(origin)) {
    if (data?.type === 'lti') ignored += 1;
    return;
  }
  if (data?.type !== 'lti') return;
  heardSomething = true;
  const reply = (message) => source.postMessage(message, origin);
  const text = readMessage(data, reply);
  // The same once more while it is on its way: one answer is enough for both.
  if (text === undefined || text === underWay) return;
  underWay = text;
  const answer = await send(text);
  underWay = undefined;
  if (answer.jwt) {
    reply({ type: 'lti.accepted' });
    handOver(answer);
  } else {
    reply(answer);
    tellPerson(answer.code);
  }
});

function readMessage(data, reply) {
  const refuse = (code, message) => reply({ type: 'lti.error', code, message, field: null });
  try {
    const text = JSON.stringify(data);
    if (new TextEncoder().encode(text).length <= Number(maxBytes)) return text;
    refuse('dl_payload_too_large', `a message may have ${maxBytes} bytes of JSON`);
  } catch {
    refuse('dl_payload_invalid', 'the message cannot be written as JSON');
  }
  return undefined;
}

async function send(text) {
  try {
    const response = await fetch(address, {
      method: 'POST',
      credentials: 'omit',
      headers: { 'content-type': 'application/json' },
      body: `{"token":${JSON.stringify(token)},"message":${text}}`,
    });
    return await response.json();
  } catch {
    return { type: 'lti.error', code: 'bridge_unreachable', message: 'the bridge could not be reached; send it again', field: null };
  }
}

/** What the application can mend it will say itself; this is for what only the teacher can do something about. */
function tellPerson(code) {
  if (/^dl_(payload|type)_/.test(code)) return;
  const texts = document.getElementById('texts').content;
  notice.textContent = (texts.querySelector(`[data-code="${code}"]`) ?? texts.querySelector('[data-code="other"]')).textContent;
  notice.hidden = false;
}

/** In a new window, the page that opened it posts the form, where the LMS waits for it; else it is posted from here. */
async function handOver(answer) {
  const opener = window.opener;
  if (opener && window.parent === window && (await takenBy(opener, answer))) {
    window.close();
    return;
  }
  const form = document.createElement('form');
  form.method = 'post';
  form.action = answer.return_url;
  form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: 'JWT', value: answer.jwt }));
  document.body.append(form);
  form.submit();
}

function takenBy(opener, { return_url, jwt }) {
  return new Promise((resolve) => {
    addEventListener('message', ({ data, origin, source }) => {
      if (source === opener && origin === location.origin && data?.type === 'lti-bridge.selection.taken') resolve(true);
    });
    setTimeout(() => resolve(false), 1500);
    // Another page than ours never gets it: the browser compares the origin.
    opener.postMessage({ type: 'lti-bridge.selection', return_url, jwt }, location.origin);
  });
}

/** For whoever builds the application: the most frequent mistake is a message to the wrong origin, which is lost unseen. */
frame.addEventListener(
  'load',
  () => {
    setTimeout(() => {
      if (heardSomething) return;
      const lost = ignored > 0 ? ` ${ignored} came from another origin or frame than this application's.` : '';
      // eslint-disable-next-line no-console -- the console is where whoever builds the application looks
      console.info(
        `LTI Bridge: no selection has come for a minute.${lost} The application sends it with ` +
          `window.parent.postMessage({ type: 'lti', … }, '${location.origin}') from one of: ${origins.join(', ')}.`,
      );
    }, 60_000);
  },
  { once: true },
);
