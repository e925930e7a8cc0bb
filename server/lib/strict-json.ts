/**
 * Parses JSON that decides who gets in. JSON.parse takes the last of two members with one name, other parsers the first;
 * what two readers understand differently is refused here, and so is nesting that no honest sender needs.
 */
const maxDepth = 32;

/** @throws SyntaxError for anything but one well-formed object without duplicate names. */
export function parseStrictObject(bytes: Uint8Array): Record<string, unknown> {
  // A byte order mark is kept, so that JSON.parse refuses it; fatal refuses bytes that are not UTF-8.
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const value: unknown = JSON.parse(text);
  refuseDuplicates(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SyntaxError('not an object');
  return value as Record<string, unknown>;
}

/**
 * One pass over the tokens that matter: strings, braces and brackets. The text is known to be JSON by now: in a text whose
 * strings do not end, the search would begin anew at every quote and take seconds.
 */
function refuseDuplicates(text: string): void {
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;
  const open: (Set<string> | undefined)[] = [];
  let lastString: string | undefined;
  for (const [symbol] of text.matchAll(token)) {
    if (symbol === '{' || symbol === '[') {
      open.push(symbol === '{' ? new Set() : undefined);
      if (open.length > maxDepth) throw new SyntaxError('nested too deeply');
    } else if (symbol === '}' || symbol === ']') {
      open.pop();
    } else if (symbol === ':') {
      const names = open.at(-1);
      const name = JSON.parse(lastString ?? '""') as string;
      if (names?.has(name)) throw new SyntaxError('a name stands twice');
      names?.add(name);
    } else {
      lastString = symbol === ',' ? undefined : symbol;
    }
  }
}
