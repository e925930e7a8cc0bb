/** Small values that every entity of Edlink's model shares. */

/** ISO 8601 in UTC with milliseconds. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

export function identifiers(known: Record<string, string | null>): { type: string; value: string }[] {
  return Object.entries(known).flatMap(([type, value]) => (value === null ? [] : [{ type, value }]));
}
