/**
 * LTI platform storage (1EdTech lti-cs-pm and lti-pm-s): keeps a value in the LMS's own page, for browsers that keep
 * nothing for us inside a frame. Messages may be lost while the LMS's frame still loads, so each is sent again until it is
 * answered; an LMS that never answers costs three seconds, no more.
 */
const resendMs = 250;
const timeoutMs = 3000;
const capabilitiesMs = 750;

/** The LMS's window: who opened us, or who frames us. */
const lms = () => (window.opener && window.opener !== window ? window.opener : window.parent);

/**
 * Sends a request until its answer comes from the window and origin that were asked.
 * @returns the answer, or undefined when none came in time or it was an error
 */
function ask(target, origin, message, limitMs) {
  const message_id = crypto.randomUUID();
  return new Promise((resolve) => {
    const finish = (answer) => {
      clearInterval(again);
      clearTimeout(end);
      removeEventListener('message', listen);
      resolve(answer);
    };
    const listen = ({ data, origin: from }) => {
      const isAnswer = data && data.message_id === message_id && data.subject === `${message.subject}.response`;
      if (!isAnswer || (origin !== '*' && from !== origin)) return;
      if (message.key !== undefined && data.key !== undefined && data.key !== message.key) return;
      finish(data.error ? undefined : data);
    };
    const send = () => {
      try {
        target().postMessage({ ...message, message_id }, origin);
      } catch {
        // The named frame is not there yet, or the address is none; the next try may find it.
      }
    };
    addEventListener('message', listen);
    const again = setInterval(send, resendMs);
    const end = setTimeout(() => finish(undefined), limitMs);
    send();
  });
}

/** The window that keeps values: the frame the LMS names in its capabilities, else the one it named at login. */
async function storageWindow(subject, named) {
  // No secret is in this question, and nobody knows yet which origin the LMS's page has.
  const answer = await ask(lms, '*', { subject: 'lti.capabilities' }, capabilitiesMs);
  const supported = Array.isArray(answer?.supported_messages) ? answer.supported_messages : undefined;
  const offer = supported?.find((one) => one.subject === subject);
  if (supported && !offer) return undefined;
  const frame = offer?.frame ?? named;
  return () => (frame === '_parent' ? lms() : lms().frames[frame]);
}

/** @returns true when the LMS said that it keeps the value */
export async function putData({ target, origin }, key, value) {
  const keeper = await storageWindow('lti.put_data', target);
  if (!keeper) return false;
  const answer = await ask(keeper, origin, { subject: 'lti.put_data', key, value }, timeoutMs);
  return answer !== undefined;
}

/** @returns the value, or undefined */
export async function getData({ target, origin }, key) {
  const keeper = await storageWindow('lti.get_data', target);
  if (!keeper) return undefined;
  const answer = await ask(keeper, origin, { subject: 'lti.get_data', key }, timeoutMs);
  return typeof answer?.value === 'string' ? answer.value : undefined;
}
