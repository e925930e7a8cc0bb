/** What content items must be (Deep Linking 2.0 section 3): the properties each type cannot do without, and their kinds. */
import type { DeepLinkingSettings } from '../message.js';
import { isObject, problem, type Problem } from './signature.js';

export type ContentItem = Record<string, unknown> & { type: string };

/** More than any sensible item has; less than would fill this LMS up. */
const bytesAtMost = 16 * 1024;

export function itemProblems(items: unknown[], settings: DeepLinkingSettings): Problem[] {
  const several = items.length > 1 && settings.accept_multiple !== true;
  return [
    ...(several ? [problem('content_items', 'one item was asked for, several came')] : []),
    ...items.flatMap((item, index) => problemsOf(item, `item ${index + 1}`, settings)),
  ];
}

function problemsOf(item: unknown, place: string, settings: DeepLinkingSettings): Problem[] {
  if (!isObject(item)) return [problem(place, 'is no object')];
  const { type } = item;
  if (typeof type !== 'string') return [problem(`${place}: type`, 'must be there')];
  if (!settings.accept_types.includes(type))
    return [problem(`${place}: type`, `${type.slice(0, 40)} was not asked for`)];
  if (Buffer.byteLength(JSON.stringify(item)) > bytesAtMost) return [problem(place, 'has more than 16 kB')];
  const found = [
    ...['title', 'text'].map((name) => wrong(item, name, isText, 'must be a text')),
    ...['icon', 'thumbnail'].map((name) => wrong(item, name, isPicture, 'must be an object with a url')),
    ...(rulesOfType[type]?.(item, settings) ?? []),
    ...Object.keys(item).map(
      (name) => !known.has(name) && !URL.canParse(name) && [name, 'is no property of a content item'],
    ),
  ];
  return found
    .filter((wrongOne) => Array.isArray(wrongOne))
    .map(([name, says]) => problem(`${place}: ${name}`, says!));
}

type Wrong = string[] | false;
type Rules = (item: Record<string, unknown>, settings: DeepLinkingSettings) => Wrong[];

const needsUrl: Rules = (item) => [!isAddress(item.url) && ['url', 'must be an http or https address']];

const rulesOfType: Record<string, Rules> = {
  ltiResourceLink: (item) => [
    wrong(item, 'url', isAddress, 'must be an http or https address'),
    wrong(item, 'custom', isTexts, 'must be an object of texts'),
    ...lineItemRules(item.lineItem),
    ...['available', 'submission'].map((name) =>
      wrong(item, name, isPeriod, 'must have startDateTime or endDateTime, with a time zone (ISO 8601)'),
    ),
  ],
  link: needsUrl,
  image: needsUrl,
  file: (item, settings) => [
    ...needsUrl(item, settings),
    wrong(
      item,
      'mediaType',
      (value) => takes(settings.accept_media_types, value),
      'is none that was asked for',
    ),
  ],
  html: (item) => [!isText(item.html) && ['html', 'must be there']],
};

function lineItemRules(lineItem: unknown): Wrong[] {
  if (lineItem === undefined) return [];
  if (!isObject(lineItem)) return [['lineItem', 'must be an object']];
  const { scoreMaximum } = lineItem;
  const isPositive = typeof scoreMaximum === 'number' && Number.isFinite(scoreMaximum) && scoreMaximum > 0;
  return [
    !isPositive && ['lineItem.scoreMaximum', 'must be a number above 0'],
    ...['label', 'resourceId', 'tag'].map((name) => {
      const fault = wrong(lineItem, name, isText, 'must be a text');
      return fault && [`lineItem.${name}`, fault[1]!];
    }),
  ];
}

function wrong(
  item: Record<string, unknown>,
  name: string,
  isRight: (value: unknown) => boolean,
  says: string,
): Wrong {
  return item[name] !== undefined && !isRight(item[name]) && [name, says];
}

const isText = (value: unknown) => typeof value === 'string';
const isTexts = (value: unknown) => isObject(value) && Object.values(value).every(isText);
const isPicture = (value: unknown) => isObject(value) && isAddress(value.url);

function isAddress(value: unknown): boolean {
  return typeof value === 'string' && /^https?:/i.test(value) && URL.canParse(value);
}

function isPeriod(value: unknown): boolean {
  if (!isObject(value)) return false;
  const moments = [value.startDateTime, value.endDateTime].filter((moment) => moment !== undefined);
  return moments.length > 0 && moments.every(isMoment);
}

function isMoment(value: unknown): boolean {
  const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
  return typeof value === 'string' && iso.test(value) && !Number.isNaN(Date.parse(value));
}

/** `accept_media_types` is one text with commas: `image/*,text/html`. */
function takes(accepted: string | undefined, mediaType: unknown): boolean {
  if (typeof mediaType !== 'string') return false;
  return (accepted ?? '*/*').split(',').some((entry) => {
    const [type, subtype] = entry.trim().split('/');
    const [ownType, ownSubtype] = mediaType.toLowerCase().split('/');
    return (type === '*' || type === ownType) && (subtype === '*' || subtype === ownSubtype);
  });
}

const known = new Set(
  (
    'type title text url icon thumbnail html mediaType expiresAt width height embed window iframe custom lineItem ' +
    'available submission'
  ).split(' '),
);
