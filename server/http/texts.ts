/**
 * The words on pages for people, by language: views/texts/<language>.json holds the words of the pages and, but for
 * English, the sentence and action of every code (English ones stand in the catalogue itself, server/lib/errors.ts).
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'koa';
import { catalogue, type ErrorCode } from '../lib/errors.js';

export interface Language {
  /** BCP 47 tag of the page. */
  lang: string;
  dir: 'ltr' | 'rtl';
  /** A text by its name, or the sentence of a code. */
  t(name: string): string;
  sentence(code: ErrorCode): string;
  action(code: ErrorCode): string;
}

interface TextFile {
  codes?: Partial<Record<ErrorCode, { sentence: string; action: string }>>;
  [name: string]: unknown;
}

export type Texts = (ctx: Context) => Language;

const rightToLeft = ['ar', 'fa', 'he', 'ur'];

/** @param root the folder that holds views/ */
export function loadTexts(root: string): Texts {
  const folder = join(root, 'views/texts');
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as TextFile;
  const english = read('en.json');
  const languages = new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => [
        name.slice(0, -'.json'.length),
        language(name.slice(0, -'.json'.length), read(name), english),
      ]),
  );
  return (ctx) => {
    // The launch knows best, then the browser.
    const launched = typeof ctx.state.locale === 'string' ? [ctx.state.locale] : [];
    const wished = [...launched, ...acceptedLanguages(ctx.get('Accept-Language'))];
    const known = wished.map((tag) => languages.get(tag.toLowerCase().split(/[-_]/)[0]!)).find(Boolean);
    return known ?? languages.get('en')!;
  };
}

function language(lang: string, texts: TextFile, english: TextFile): Language {
  const text = (name: string) => texts[name] ?? english[name];
  const row = (code: ErrorCode) => texts.codes?.[code] ?? catalogue[code];
  return {
    lang,
    dir: rightToLeft.includes(lang) ? 'rtl' : 'ltr',
    t(name) {
      const found = text(name);
      return typeof found === 'string' ? found : row(name as ErrorCode).sentence;
    },
    sentence: (code) => row(code).sentence,
    action: (code) => row(code).action,
  };
}

/** The tags of an Accept-Language header, most wished first (RFC 9110 section 12.5.4). */
function acceptedLanguages(header: string): string[] {
  return header
    .split(',')
    .map((part) => {
      const [tag, ...parameters] = part.trim().split(';');
      const quality = parameters.map((parameter) => /^\s*q=([\d.]+)$/.exec(parameter)?.[1]).find(Boolean);
      return { tag: tag ?? '', quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ tag, quality }) => /^[A-Za-z-]{1,35}$/.test(tag) && quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag);
}
