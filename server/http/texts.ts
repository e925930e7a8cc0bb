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

export interface Texts {
  english: Language;
  /** The language of whoever reads the answer to this request. */
  languageOf(ctx: Context): Language;
}

interface TextFile {
  codes?: Partial<Record<ErrorCode, { sentence: string; action: string }>>;
  [name: string]: unknown;
}

const rightToLeft = ['ar', 'fa', 'he', 'ur'];

/** @param root the folder that holds views/ */
export function loadTexts(root: string): Texts {
  const folder = join(root, 'views/texts');
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as TextFile;
  const words = read('en.json');
  const english = language('en', words, words);
  const languages = new Map([['en', english]]);
  for (const file of readdirSync(folder)) {
    const lang = /^([a-z]{2,3})\.json$/.exec(file)?.[1];
    if (lang && lang !== 'en') languages.set(lang, language(lang, read(file), words));
  }
  return {
    english,
    languageOf(ctx) {
      // The launch knows best, then the browser.
      const launched = typeof ctx.state.locale === 'string' ? [ctx.state.locale] : [];
      const wished = [...launched, ...acceptedLanguages(ctx.get('Accept-Language'))];
      return wished.map((tag) => languages.get(primaryLanguage(tag))).find(Boolean) ?? english;
    },
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

/** Platforms write a locale as in BCP 47 (`pt-BR`) and as in POSIX (`ar_SA.UTF-8`): the first letters tell enough. */
function primaryLanguage(tag: string): string {
  return /^[a-z]{2,8}(?![a-z])/.exec(tag.toLowerCase())?.[0] ?? '';
}

/** No browser sends more; who does shall not have it sorted. */
const longestHeader = 1_000;

/** The tags of an Accept-Language header, most wished first (RFC 9110 section 12.5.4); what is no such tag is left out. */
function acceptedLanguages(header: string): string[] {
  if (header.length > longestHeader) return [];
  return header
    .split(',')
    .map((part) => {
      const [tag, ...parameters] = part.split(';').map((piece) => piece.trim());
      return { tag: tag!, quality: qualityOf(parameters) };
    })
    .filter(({ tag, quality }) => /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/.test(tag) && quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag);
}

/** A weight that cannot be read counts as none: the language was not asked for in earnest. */
function qualityOf([parameter, ...others]: string[]): number {
  if (parameter === undefined) return 1;
  const quality = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i.exec(parameter)?.[1];
  return quality === undefined || others.length > 0 ? 0 : Number(quality);
}
