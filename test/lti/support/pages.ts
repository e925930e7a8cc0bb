/** Reads pages of the bridge as a browser would. */

/** What a person reads out to the operator. */
export function referenceOn({ text }: { text: string }): string | undefined {
  return /<dd[^>]*>([0-9A-Z]{4}-[0-9A-Z]{4})</.exec(text)?.[1];
}

/** Text of an attribute or a text node, as a browser reads it. */
export function unescapeHtml(text: string): string {
  const named: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&' };
  return text.replace(/&(?:#(\d+)|(\w+));/g, (whole, number: string | undefined, name: string | undefined) =>
    number ? String.fromCodePoint(Number(number)) : (named[name!] ?? whole),
  );
}
