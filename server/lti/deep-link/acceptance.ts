/**
 * What the LMS said it takes (Deep Linking 2.0 section 4.4.1), held against what was selected, before anything is signed:
 * most LMSs drop what they did not ask for without a word, and the teacher would look for it in vain.
 */
import { BridgeError } from '../../lib/errors.js';
import type { DeepLinkingSettings } from '../../store/launches.js';
import { itemType } from './content-item.js';
import type { ForeignItem, SelectedItem } from './selection-message.js';

/** @throws BridgeError `dl_type_not_accepted` with the field at fault */
export function checkAcceptance(items: SelectedItem[], settings: DeepLinkingSettings): void {
  // The specification names no default; an LMS that did not say "several" gets one.
  if (items.length > 1 && settings.acceptMultiple !== true) {
    throw refused('items', 'the learning platform takes one item at a time');
  }
  for (const [index, item] of items.entries()) {
    const place = items.length > 1 ? `items.${index}.` : '';
    const type = itemType(item);
    if (!settings.acceptTypes.includes(type)) {
      throw refused(`${place}item.type`, `the learning platform does not take items of type ${type}`);
    }
    if (item.kind === 'foreign') checkForeign(item, settings, `${place}item.`);
  }
}

function checkForeign({ item }: ForeignItem, settings: DeepLinkingSettings, place: string): void {
  if (item.type === 'file' && !takesMediaType(settings.acceptMediaTypes, item.mediaType)) {
    throw refused(`${place}mediaType`, 'the learning platform does not take files of this media type');
  }
  const targets = settings.acceptPresentationDocumentTargets;
  for (const target of ['embed', 'iframe', 'window'] as const) {
    // Moodle says "frame" where it means "iframe".
    const taken = targets.includes(target) || (target === 'iframe' && targets.includes('frame'));
    if (item[target] !== undefined && targets.length > 0 && !taken) {
      throw refused(`${place}${target}`, `the learning platform does not show items as ${target}`);
    }
  }
}

/** `accept_media_types` is one text with commas: `image/*,text/html`. Nothing said: anything goes. */
function takesMediaType(accepted: string | null, mediaType: unknown): boolean {
  if (accepted === null || typeof mediaType !== 'string') return true;
  return accepted.split(',').some((entry) => {
    const [type, subtype] = entry.trim().toLowerCase().split('/');
    const [ownType, ownSubtype] = mediaType.toLowerCase().split(';')[0]!.trim().split('/');
    return (type === '*' || type === ownType) && (subtype === '*' || subtype === ownSubtype);
  });
}

function refused(field: string, detail: string): BridgeError {
  return new BridgeError('dl_type_not_accepted', { field, detail });
}
