/** The last step of a deep-linking launch: what the application selected, and what the LMS thought of it. */
import type { Run } from '../runs.js';
import { decodedTexts, pretty, step, type Step } from './steps.js';

/** @param wasLetIn whether the launch was accepted, so that somebody can choose at all */
export function selectionStep({ returned }: Run, wasLetIn: boolean): Step {
  const title = 'What the application selected';
  if (!returned) {
    const summary = wasLetIn ? 'Nothing has been chosen yet.' : 'Not yet.';
    return step('selection', title, 'waiting', summary);
  }
  const { jwt, problems, items } = returned;
  const texts = decodedTexts(jwt);
  if (problems.length > 0) {
    return step('selection', title, 'failed', 'An answer came that this LMS does not take.', {
      facts: problems.map(({ about, says }) => ({ name: about, value: says })),
      texts,
    });
  }
  const count = items.length === 1 ? 'One content item' : `${items.length} content items`;
  const summary = items.length === 0 ? 'Nothing was chosen.' : `${count}, signed by the bridge.`;
  return step('selection', title, 'done', summary, {
    texts: [
      ...items.map((item, index) => ({ label: `Content item ${index + 1}`, text: pretty(item) })),
      ...texts.map(({ label, text }) => ({ label: `The signed answer: ${label.toLowerCase()}`, text })),
    ],
  });
}
