/** UUIDs that can be computed again: version 5 of RFC 9562 section 5.5 over a list of texts. */
import { createHash } from 'node:crypto';

/** The namespace under which every id of this bridge is made. Changing it would change every id ever given out. */
const namespace = Buffer.from('5d0f9a3a7c1e4f0b8a6f2d9b41c7e835', 'hex');

/** The same UUID for the same texts, for good. The texts are joined as JSON, so no two lists look alike. */
export function nameUuid(...parts: string[]): string {
  const bytes = createHash('sha1').update(namespace).update(JSON.stringify(parts)).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [8, 12, 16, 20, 32].map((end, i, ends) => hex.slice(ends[i - 1] ?? 0, end)).join('-');
}

const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(text: string): boolean {
  return shape.test(text);
}
