/** What the demonstration application has to offer. Its own ids find a thing again, whatever a course calls it. */
export interface Thing {
  /** The application's own id, sent as `external_id`. */
  id: string;
  title: string;
  description: string;
  subject: string;
  /** A file of public/. */
  picture: string;
}

export const catalogue: Thing[] = [
  thing('cell', 'Inside a cell', 'Biology', 'Ten parts to find, to name and to put in their place.'),
  thing('leaf', 'A leaf at work', 'Biology', 'How light, air and water become sugar, step by step.'),
  thing(
    'caravan',
    'Along the Silk Road',
    'History',
    'Plan a journey from Xi’an to Samarkand, and pay for it.',
  ),
  thing('sails', 'Sailing with the winds', 'History', 'Why ships went out by one sea and home by another.'),
  thing('moon', 'The moon, night by night', 'Astronomy', 'Observe a whole month in a few minutes.'),
  thing(
    'bakery',
    'Fractions at the bakery',
    'Mathematics',
    'Cut, share and compare until it comes out even.',
  ),
];

export function findThing(id: unknown): Thing | undefined {
  return catalogue.find((known) => known.id === id);
}

function thing(id: string, title: string, subject: string, description: string): Thing {
  return { id, title, subject, description, picture: `/assets/sandbox-picture-${id}.svg` };
}
