/** How single claims are read: strictly where something is decided by them, leniently where they only tell something. */
import { BridgeError } from '../../lib/errors.js';

export function missing(field: string): BridgeError {
  return new BridgeError('launch_claim_missing', { field });
}

export function invalid(field: string, detail: string): BridgeError {
  return new BridgeError('launch_claim_invalid', { field, detail });
}

/** A required id of 1 to 255 ASCII characters, as LTI Core 1.3 asks of sub and deployment_id. */
export function asciiId(value: unknown, field: string): string {
  if (value === undefined || value === null) throw missing(field);
  if (typeof value !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(value)) {
    throw invalid(field, 'not a text of 1 to 255 ASCII characters');
  }
  return value;
}

/** An id of a context or a resource link: 1 to 255 characters, no control characters, no half of a surrogate pair. */
export function opaqueId(value: unknown, field: string): string {
  if (value === undefined || value === null || value === '') throw missing(field);
  if (typeof value !== 'string' || value.length > 255 || /[\p{Cc}\p{Cs}]/u.test(value)) {
    throw invalid(field, 'not a text of 1 to 255 characters');
  }
  return value;
}

/** The same where it may be left out. What is not a text counts as left out; what is one must be fit for an id. */
export function optionalOpaqueId(value: unknown, field: string): string | null {
  return typeof value === 'string' && value !== '' ? opaqueId(value, field) : null;
}

/** Null for what is absent or empty (Brightspace sends empty texts); a text otherwise. */
export function optionalText(value: unknown, field: string): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string') throw invalid(field, 'not a text');
  return storable(value);
}

/** For claims that only tell something: what is not a text counts as absent. */
export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? storable(value) : null;
}

export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string').map(storable) : [];
}

export function flag(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return null;
}

/** An object claim; absent, null and other types count as absent. */
export function object(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** PostgreSQL keeps no NUL, and half a surrogate pair is no text anywhere. */
function storable(value: string): string {
  return value.replaceAll('\u0000', '').toWellFormed();
}
