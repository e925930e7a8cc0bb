/**
 * Launches that are wrong on purpose, each in one way that happens in the field or that an attacker tries. The bridge has
 * to refuse every one of them, by name and calmly.
 */
export interface Break {
  name: BreakName;
  title: string;
  /** What this LMS does wrong, and who does so in real life. */
  explains: string;
}

export type BreakName = (typeof breakNames)[number];

const breakNames = [
  'wrong-key',
  'unknown-kid',
  'alg-none',
  'wrong-audience',
  'expired',
  'future',
  'wrong-nonce',
  'replayed',
  'missing-roles',
  'unknown-deployment',
  'login-required',
  'no-cookies',
] as const;

const words: Record<BreakName, [title: string, explains: string]> = {
  'wrong-key': ['Wrong key', 'Signed with a key that nobody published, under the kid of one that is.'],
  'unknown-kid': ['Unknown kid', 'The kid names a key that is not in the key set.'],
  'alg-none': ['No signature', 'The header says alg none, and the signature is empty.'],
  'wrong-audience': ['Wrong audience', 'The message is meant for another tool.'],
  expired: ['Expired', 'The message ended five minutes ago.'],
  future: ['From the future', 'The clock of the LMS runs ten minutes ahead.'],
  'wrong-nonce': ['Wrong nonce', 'The nonce is not the one that the bridge asked for.'],
  replayed: [
    'Sent twice',
    'The same message is posted twice at once, as by a double click. Only the one that comes first is let in.',
  ],
  'missing-roles': ['No roles', 'The message leaves out a claim that every launch must have.'],
  'unknown-deployment': [
    'Unknown deployment',
    'The launch comes from a part of the LMS that is not let in. The next launch comes from the usual one again.',
  ],
  'login-required': ['The LMS says no', 'Instead of a message it posts the error login_required.'],
  'no-cookies': [
    'No cookies, no storage',
    'The login is made by the LMS itself, so this browser has nothing to show for it: as when it keeps neither cookies nor storage, and as when somebody else began this login.',
  ],
};

export const breaks: Break[] = breakNames.map((name) => ({
  name,
  title: words[name][0],
  explains: words[name][1],
}));

export function readBreak(name: unknown): Break | undefined {
  return breaks.find((known) => known.name === name);
}
