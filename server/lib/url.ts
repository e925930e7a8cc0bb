/**
 * Adds parameters to an address and leaves what is there as it was written: some platforms compare their own query byte
 * for byte, and parsing it would respell it.
 */
export function withQuery(address: string, parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const added = new URLSearchParams(given).toString();
  const hashAt = address.indexOf('#');
  const base = hashAt === -1 ? address : address.slice(0, hashAt);
  const separator = !base.includes('?') ? '?' : /[?&]$/.test(base) ? '' : '&';
  return `${base}${separator}${added}`;
}
