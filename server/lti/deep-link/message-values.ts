/** Reads the members of an application's message one by one; a refusal names the member and says what it should be. */
import { BridgeError } from '../../lib/errors.js';

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** LTI knows texts only; whatever else an application puts into a custom value travels as JSON. */
export function customText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

export class Reader {
  readonly value: Record<string, unknown>;
  readonly options: { development: boolean };
  readonly #prefix: string;

  /** @param prefix where this object stands in the message, with its dot at the end */
  constructor(value: Record<string, unknown>, prefix: string, options: { development: boolean }) {
    this.value = value;
    this.options = options;
    this.#prefix = prefix;
  }

  place(field: string): string {
    return `${this.#prefix}${field}`;
  }

  invalid(field: string, detail: string): BridgeError {
    return new BridgeError('dl_payload_invalid', { field: this.place(field), detail });
  }

  text(field: string, maxLength: number): string | undefined {
    const value = this.#member(field);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw this.invalid(field, 'must be a text');
    if (value.length > maxLength) throw this.invalid(field, `must have at most ${maxLength} characters`);
    // Control characters break forms and gradebooks further on; line breaks and tabs may stay.
    return value.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '').toWellFormed();
  }

  /** A text on one line. */
  line(field: string, maxLength: number): string | undefined {
    return this.text(field, maxLength)?.replace(/\s+/g, ' ').trim();
  }

  /** An https address; in development http too. */
  url(field: string): string | undefined {
    const value = this.text(field, 8_192);
    if (value === undefined || value === '') return undefined;
    const url = URL.canParse(value) ? new URL(value) : undefined;
    const secure = url?.protocol === 'https:' || (this.options.development && url?.protocol === 'http:');
    if (!url || !secure || url.username || url.password)
      throw this.invalid(field, 'must be an https address');
    return value;
  }

  /** A number above 0, or null for "not graded". Texts that are numbers count. */
  points(field: string): number | null | undefined {
    if (this.value[field] === null) return null;
    const value = this.#member(field);
    if (value === undefined) return undefined;
    const points = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof points !== 'number' || !Number.isFinite(points) || points <= 0) {
      throw this.invalid(field, 'must be a number above 0, or null for no grade');
    }
    return points;
  }

  /**
   * A moment, as ISO 8601 in UTC. Applications send what Date objects become in JSON, and texts with any number of
   * fraction digits; a text without a time zone is refused, because nobody could say which moment it means.
   */
  date(field: string): string | undefined {
    const value = this.#member(field);
    if (value === undefined || value === '') return undefined;
    const parts =
      typeof value === 'string'
        ? /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d+))?(Z|[+-]\d{2}:?\d{2})$/i.exec(
            value.trim(),
          )
        : null;
    const [, day, time, fraction, zone] = parts ?? [];
    const moment = new Date(
      `${day}T${time}.${(fraction ?? '').slice(0, 3).padEnd(3, '0')}${zone?.toUpperCase()}`,
    );
    const short = new Date(`${day}T${time}${zone?.toUpperCase()}`);
    const known = [moment, short].find((candidate) => !Number.isNaN(candidate.getTime()));
    if (!parts || !known) throw this.invalid(field, 'must be a date with time and time zone (ISO 8601)');
    return known.toISOString();
  }

  object(field: string): Record<string, unknown> | undefined {
    const value = this.#member(field);
    if (value === undefined) return undefined;
    if (!isPlainObject(value)) throw this.invalid(field, 'must be an object');
    return value;
  }

  /** Null says as much as absent. */
  #member(field: string): unknown {
    return Object.hasOwn(this.value, field) ? (this.value[field] ?? undefined) : undefined;
  }
}
