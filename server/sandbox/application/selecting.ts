/** Two ends of one thing: what the picker needs to know before a teacher chooses, and what a student opens afterwards. */
import { findThing } from './catalogue.js';

/** For the page of a launch with the intent `select`. */
export interface Selecting {
  /** Where the page posts its selection: `context.lti.deep_linking.message_origin`. */
  messageOrigin: string;
  acceptMultiple: boolean;
  className: string | undefined;
}

export function readSelecting(context: unknown): Selecting | undefined {
  const { intent, lti, class: klass } = record(context);
  const settings = record(record(lti).deep_linking);
  if (intent !== 'select' || typeof settings.message_origin !== 'string') return undefined;
  return {
    messageOrigin: settings.message_origin,
    acceptMultiple: settings.accept_multiple === true,
    className: text(record(klass).name) ?? text(record(klass).title),
  };
}

/** What a teacher chose, as the application gets it back with every launch: `context.payload`. */
export interface Picked {
  id: string | undefined;
  title: string;
  description: string | undefined;
  subject: string | undefined;
  /** From the application's own catalogue: a payload comes through browsers and is not to be trusted with addresses. */
  picture: string | undefined;
  points: string | undefined;
  due: string | undefined;
}

export function readPicked(context: unknown): Picked | undefined {
  const { payload } = record(context);
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { external_id, title, description, points_possible, due_date } = record(payload);
  const thing = findThing(external_id);
  return {
    id: text(external_id),
    title: text(title) ?? thing?.title ?? 'Something without a title',
    description: text(description) ?? thing?.description,
    subject: thing?.subject,
    picture: thing?.picture,
    points: pointsOf(points_possible),
    due: typeof due_date === 'string' ? dateOf(due_date) : undefined,
  };
}

/** Not said means the usual hundred, null means no grade. */
function pointsOf(points: unknown): string | undefined {
  if (points === null) return undefined;
  return points === 1 ? '1 point' : `${typeof points === 'number' ? points : 100} points`;
}

function dateOf(due: string): string | undefined {
  const date = new Date(due);
  if (Number.isNaN(date.getTime())) return undefined;
  const day = date.toLocaleDateString('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    timeZone: 'UTC',
  });
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
