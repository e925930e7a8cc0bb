/** The words of a timeline: what a launch has come to, as steps that all have one shape. */
import type { CheckResult } from './checks.js';

export interface Step {
  name: 'login' | 'request' | 'message' | 'checks' | 'outcome' | 'selection';
  title: string;
  state: 'waiting' | 'done' | 'failed' | 'not reached';
  /** One sentence that says it all. */
  summary: string;
  facts: Fact[];
  checks: CheckResult[];
  texts: { label: string; text: string }[];
}

export interface Fact {
  name: string;
  value: string;
  meaning?: string;
}

export interface Timeline {
  /** Another one as soon as anything in the steps is another. */
  version: string;
  /** For whoever listens rather than looks. */
  status: string;
  steps: Step[];
}

/** A step with what it has, and nothing where it has nothing. */
export function step(
  name: Step['name'],
  title: string,
  state: Step['state'],
  summary: string,
  content: Partial<Pick<Step, 'facts' | 'checks' | 'texts'>> = {},
): Step {
  return { name, title, state, summary, facts: [], checks: [], texts: [], ...content };
}

export function facts(values: Record<string, string>, meanings: Record<string, string> = {}): Fact[] {
  return Object.entries(values).map(([name, value]) => ({
    name,
    value: shorten(value),
    meaning: meanings[name],
  }));
}

/** Sealed and signed values say nothing beyond their first characters. */
export function shorten(value: string): string {
  return value.length > 160 ? `${value.slice(0, 48)}… (${value.length} characters)` : value;
}

export function pretty(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

/** Header and claims of a JWT as texts; none when it is no JWT. */
export function decodedTexts(jwt: string): Step['texts'] {
  const [header, claims] = jwt.split('.').map(readPart);
  if (header === undefined || claims === undefined) return [];
  return [
    { label: 'Header', text: pretty(header) },
    { label: 'Claims', text: pretty(claims) },
  ];
}

function readPart(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
