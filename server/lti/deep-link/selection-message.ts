/**
 * What an application posts when a teacher has picked something: `{type: 'lti', title, thumbnail, custom, …}`, several at
 * once as `items`, content of other types as `item`, or `cancel: true`. Read strictly where a wrong value would end in
 * the LMS; what is not known is kept in the payload and passed on to nobody.
 */
import { BridgeError } from '../../lib/errors.js';
import { maxCustomLength, maxCustomParameters, selectionParameter } from '../vocabulary.js';
import { customText, isPlainObject, Reader } from './message-values.js';

export interface Selection {
  items: SelectedItem[];
}

export type SelectedItem = SelectedLink | ForeignItem;

/** A link back to the application, which becomes an assignment or a piece of content in the course. */
export interface SelectedLink {
  kind: 'link to us';
  /** As the application sent it, to be given back with every launch of this link. */
  payload: Record<string, unknown>;
  title: string | undefined;
  description: string | undefined;
  thumbnail: string | undefined;
  icon: string | undefined;
  /** As the application sent them: values of any JSON type. */
  custom: Record<string, unknown>;
  externalId: string | undefined;
  tag: string | undefined;
  /** Undefined: not said, which means the usual 100. Null: this link is not graded. */
  pointsPossible: number | null | undefined;
  submissionReview: Record<string, unknown> | undefined;
  /** ISO 8601 in UTC. */
  displayDate: string | undefined;
  endDate: string | undefined;
  startDate: string | undefined;
  dueDate: string | undefined;
}

/** Content that is not ours: a web link, a file, a piece of HTML or an image. Passed on as data, rendered nowhere here. */
export interface ForeignItem {
  kind: 'foreign';
  item: Record<string, unknown> & { type: string };
}

const maxItems = 100;

/** @throws BridgeError `dl_payload_invalid` with the field, `dl_payload_too_large` */
export function readSelection(message: unknown, options: { development: boolean }): Selection {
  if (!isPlainObject(message))
    throw new BridgeError('dl_payload_invalid', { detail: 'the message is not an object' });
  if (message.type !== 'lti') {
    throw new BridgeError('dl_payload_invalid', { field: 'type', detail: 'type must be "lti"' });
  }
  if (message.cancel === true) return { items: [] };
  if (message.items === undefined || message.items === null)
    return { items: [readItem(new Reader(message, '', options), message)] };
  if (!Array.isArray(message.items) || message.items.length === 0) {
    throw new BridgeError('dl_payload_invalid', {
      field: 'items',
      detail: 'items must be a list with something in it',
    });
  }
  if (message.items.length > maxItems) {
    throw new BridgeError('dl_payload_too_large', { field: 'items', detail: `more than ${maxItems} items` });
  }
  return {
    items: message.items.map((item: unknown, index) => {
      const place = `items.${index}`;
      if (!isPlainObject(item)) {
        throw new BridgeError('dl_payload_invalid', { field: place, detail: 'not an object' });
      }
      return readItem(new Reader(item, `${place}.`, options), item);
    }),
  };
}

function readItem(reader: Reader, payload: Record<string, unknown>): SelectedItem {
  const item = reader.object('item');
  return item
    ? readForeignItem(new Reader(item, reader.place('item.'), reader.options))
    : readLink(reader, payload);
}

function readLink(reader: Reader, payload: Record<string, unknown>): SelectedLink {
  return {
    kind: 'link to us',
    payload,
    title: reader.line('title', 1_000),
    description: reader.text('description', 10_000),
    thumbnail: reader.url('thumbnail'),
    icon: reader.url('icon'),
    custom: readCustom(reader),
    externalId: reader.text('external_id', 1_000),
    tag: reader.text('tag', 1_000),
    pointsPossible: reader.points('points_possible'),
    submissionReview: reader.object('submission_review'),
    displayDate: reader.date('display_date'),
    endDate: reader.date('end_date'),
    startDate: reader.date('start_date'),
    dueDate: reader.date('due_date'),
  };
}

/** No more than a launch takes back (launch/facts.ts), ours included: what is signed here must open there. */
function readCustom(reader: Reader): Record<string, unknown> {
  const custom = reader.object('custom') ?? {};
  const names = Object.keys(custom);
  if (names.length >= maxCustomParameters) {
    throw reader.invalid('custom', `must have at most ${maxCustomParameters - 1} values`);
  }
  for (const name of names) {
    if (name.toLowerCase() === selectionParameter) {
      throw reader.invalid(`custom.${name}`, 'this name is used by the bridge');
    }
    if (customText(custom[name]).length > maxCustomLength) {
      throw reader.invalid(`custom.${name}`, `must have at most ${maxCustomLength} characters`);
    }
  }
  return custom;
}

/** Deep Linking 2.0 section 3: what each type cannot do without. */
const required: Record<string, 'url' | 'html'> = { link: 'url', file: 'url', image: 'url', html: 'html' };

function readForeignItem(reader: Reader): ForeignItem {
  const type = reader.text('type', 255);
  const needs = type === undefined ? undefined : required[type];
  if (type === undefined || needs === undefined) {
    throw reader.invalid(
      'type',
      'must be link, file, html or image; a link back to the application needs no item',
    );
  }
  if (needs === 'url' && reader.url('url') === undefined) throw reader.invalid('url', 'must be there');
  if (needs === 'html' && reader.text('html', 200_000) === undefined)
    throw reader.invalid('html', 'must be there');
  return { kind: 'foreign', item: { ...reader.value, type } };
}
