/** Puts what the bridge told the demonstration application into words and texts for its page. */
import type { ApiAnswer } from './bridge-client.js';
import type { Session } from './sessions.js';

export interface LaunchView {
  name: string;
  givenName: string;
  email: string | undefined;
  subject: string;
  intent: string;
  intentInWords: string;
  className: string | undefined;
  assignment: string | undefined;
  role: string | undefined;
  facts: { name: string; value: string }[];
  context: string;
  claims: string;
  profile: ApiAnswer;
  userInfo: string | undefined;
  refreshes: number;
  canRefresh: boolean;
}

const intents: Record<string, string> = {
  login: 'to sign in',
  class: 'to work with a class',
  assignment: 'to work on an assignment',
  submission: 'to look at a submission',
  select: 'to choose content for a course',
};

export function presentLaunch(session: Session): LaunchView {
  const { person, tokens, context, profile, userInfo, refreshes } = session;
  const told = asRecord(context);
  const intent = text(told.intent) ?? 'login';
  return {
    name: text(person.name) ?? 'Somebody without a name',
    givenName: text(person.given_name) ?? text(person.name) ?? 'there',
    email: text(person.email),
    subject: person.sub,
    intent,
    intentInWords: intents[intent] ?? `with the intent “${intent}”`,
    className: titleOf(told.class),
    assignment: titleOf(told.assignment),
    role: roleIn(told),
    facts: tokenFacts(tokens),
    context: context === undefined ? 'The token response had no context.' : pretty(context),
    claims: pretty(person),
    profile: { status: profile.status, body: prettyText(profile.body) },
    userInfo: userInfo && pretty(userInfo),
    refreshes,
    canRefresh: typeof tokens.refresh_token === 'string',
  };
}

/** Tokens are shown by their first characters: enough to see that one changed, too little to use it. */
function tokenFacts(tokens: Record<string, unknown>): LaunchView['facts'] {
  const secret = new Set(['access_token', 'refresh_token', 'id_token']);
  return Object.entries(tokens)
    .filter(([name]) => name !== 'context')
    .map(([name, value]) => ({ name, value: secret.has(name) ? shorten(String(value)) : String(value) }));
}

function shorten(token: string): string {
  return `${token.slice(0, 10)}… (${token.length} characters)`;
}

/** Classes and assignments have a title or a name, by the version of the context. */
function titleOf(entity: unknown): string | undefined {
  const { name, title, id } = asRecord(entity);
  return text(title) ?? text(name) ?? text(id);
}

function roleIn(context: Record<string, unknown>): string | undefined {
  const { roles } = asRecord(context.lti);
  if (!Array.isArray(roles) || roles.length === 0) return undefined;
  const names = roles.map((uri) => String(uri).split(/[#/]/).at(-1));
  return Array.from(new Set(names)).join(', ');
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function pretty(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

function prettyText(body: string): string {
  try {
    return pretty(JSON.parse(body));
  } catch {
    return body.slice(0, 2_000) || 'An empty answer.';
  }
}
