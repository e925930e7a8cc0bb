/**
 * The picker of the demonstration application. All that an application needs to put something into a course is one call
 * of the bridge's helper script: ltiBridge.select(selection, { origin }).
 */
const form = document.getElementById('picker');
// From the launch: context.lti.deep_linking.message_origin
const origin = form.dataset.messageOrigin;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const items = [...form.querySelectorAll('[name=thing]:checked')].map(readThing);
  if (items.length === 0) return say('Choose something first.');
  await hand(() => window.ltiBridge.select(items.length === 1 ? items[0] : { items }, { origin }));
});

document.getElementById('cancel').addEventListener('click', () => hand(() => window.ltiBridge.cancel({ origin })));

/** The bridge takes it, and the page around this one goes on; or it says what is wrong, and the teacher tries again. */
async function hand(send) {
  const buttons = form.querySelectorAll('.finish button');
  for (const button of buttons) button.disabled = true;
  say('Handing it over…');
  try {
    await send();
    say('It is on its way into the course.');
  } catch (error) {
    say(`This could not be added: ${error.message}`, [error.code, error.field].filter(Boolean).join(', '));
    for (const button of buttons) button.disabled = false;
  }
}

/** One thing as the bridge wants to hear of it. Everything here comes back with each launch, as context.payload. */
function readThing({ value, dataset }) {
  const { points, due } = form.elements;
  const selection = {
    title: dataset.title,
    description: dataset.description,
    thumbnail: dataset.picture,
    external_id: value,
    custom: { thing: value },
    // null: without a grade. Left out it would mean 100.
    points_possible: points.value === '' ? null : Number(points.value),
  };
  if (due.value !== '') selection.due_date = new Date(due.value);
  return withMistake(selection);
}

function withMistake(selection) {
  const mistakes = {
    points: { points_possible: 0 },
    thumbnail: { thumbnail: 'a picture, somewhere' },
    due: { due_date: '2030-01-31 12:00' },
  };
  return { ...selection, ...mistakes[form.elements.mistake.value] };
}

function say(words, code) {
  const place = document.getElementById('said');
  place.textContent = words;
  if (code) place.append(' ', Object.assign(document.createElement('code'), { textContent: code }));
  place.hidden = false;
}
