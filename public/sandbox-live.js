/**
 * Keeps a course page as it is now: the steps of the launch in its frame, and, when a tool has put something into the
 * course, what is in it. Everything is read from pages that the server renders; nothing is written by hand here.
 */
const timeline = document.getElementById('timeline');
if (timeline) watch(timeline.dataset.page);

// From the page that a tool's answer ends on, in the frame of this page or in a window of its own.
window.addEventListener('message', ({ origin, data }) => {
  if (origin === window.location.origin) hear(data);
});
new window.BroadcastChannel('sandbox').addEventListener('message', ({ data }) => hear(data));

function hear(message) {
  if (message?.subject === 'sandbox.course_changed' && window.location.pathname.startsWith(message.course)) showCourse(message.course);
}

/** Asks often while a launch is under way, seldom when nothing has happened for a while, not at all while unseen. */
async function watch(page) {
  let version = timeline.dataset.version;
  let calm = 0;
  for (;;) {
    await new Promise((resolve) => window.setTimeout(resolve, calm < 30 ? 600 : 3000));
    if (document.hidden) continue;
    const answer = await fetch(`${page}/steps.json`).catch(() => undefined);
    // The sandbox was restarted, and has forgotten this launch.
    if (answer?.status === 404) return;
    const now = answer?.ok ? await answer.json() : { version };
    calm = now.version === version ? calm + 1 : 0;
    if (now.version !== version && (await showSteps(page))) version = now.version;
  }
}

async function showSteps(page) {
  const fresh = await read(page);
  if (!fresh) return false;
  for (const step of fresh.getElementById('timeline').children) {
    const old = document.getElementById(step.id);
    if (textOf(old) === textOf(step)) continue;
    const wasOpen = old.querySelector('details')?.open;
    const details = step.querySelector('details');
    if (wasOpen && details) details.open = true;
    old.replaceWith(document.importNode(step, true));
  }
  const [status, freshStatus] = [document, fresh].map((one) => one.getElementById('timeline-status'));
  if (status.textContent !== freshStatus.textContent) status.textContent = freshStatus.textContent;
  return true;
}

/** What was opened by hand does not make a step another one. */
function textOf(step) {
  return `${step.className} ${step.textContent}`;
}

async function showCourse(address) {
  const fresh = await read(address);
  const list = fresh?.getElementById('activities');
  if (list) document.getElementById('activities').replaceWith(document.importNode(list, true));
}

async function read(address) {
  const answer = await fetch(address).catch(() => undefined);
  return answer?.ok ? new window.DOMParser().parseFromString(await answer.text(), 'text/html') : undefined;
}
