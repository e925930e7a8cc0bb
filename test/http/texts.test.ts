/** The words on pages for people: whole in every language, and in the language of whoever reads them. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Koa, { type Context } from 'koa';
import { createPages, sayErrorAsPage } from '../../server/http/pages.js';
import { loadTexts } from '../../server/http/texts.js';
import { BridgeError, catalogue, type ErrorCode } from '../../server/lib/errors.js';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const codes = Object.keys(catalogue) as ErrorCode[];
const texts = loadTexts(root);
const pages = createPages(root);

interface Words {
  codes: Record<string, { sentence: string; action: string }>;
  [name: string]: unknown;
}

const fileOf = (lang: string) => JSON.parse(read(`views/texts/${lang}.json`)) as Words;
const english = fileOf('en');
const languages = readdirSync(join(root, 'views/texts')).map((name) => name.replace(/\.json$/, ''));
const translations = languages.filter((lang) => lang !== 'en');

/** All that a person may read in a language, by where it stands. */
function allWords({ codes: sentences = {}, ...words }: Words): Map<string, string> {
  const all = new Map(Object.entries(words) as [string, string][]);
  for (const [code, { sentence, action }] of Object.entries(sentences)) {
    all.set(`${code}.sentence`, sentence);
    all.set(`${code}.action`, action);
  }
  return all;
}

const englishWords = allWords({ ...english, codes: { ...catalogue, ...english.codes } });

function contextOf(options: { accept?: string; locale?: unknown } = {}): Context {
  const request = new IncomingMessage(new Socket());
  if (options.accept !== undefined) request.headers['accept-language'] = options.accept;
  const ctx = new Koa().createContext(request, new ServerResponse(request)) as Context;
  Object.assign(ctx.state, { locale: options.locale, request: { reference: 'ABCD-1234' } });
  return ctx;
}

const chosen = (options: Parameters<typeof contextOf>[0]) => texts.languageOf(contextOf(options)).lang;

describe('the languages', () => {
  it('are English and at least five more, one of them written from right to left', () => {
    expect(languages).toEqual(expect.arrayContaining(['ar', 'de', 'en', 'es', 'fr', 'pt']));
    const directions = languages.map((locale) => texts.languageOf(contextOf({ locale })).dir);
    expect(new Set(directions)).toEqual(new Set(['ltr', 'rtl']));
  });

  it.each(translations)('say everything in %s, and nothing that nobody asks for', (lang) => {
    expect([...allWords(fileOf(lang)).keys()].sort()).toEqual([...englishWords.keys()].sort());
  });

  it.each(translations)('leave nothing in English in %s', (lang) => {
    // A word that two languages share is no word that was forgotten.
    const shared: Record<string, string[]> = { de: ['code'], fr: ['code'] };
    const left = [...allWords(fileOf(lang))]
      .filter(([name, words]) => words === englishWords.get(name))
      .map(([name]) => name);
    expect(left).toEqual(shared[lang] ?? []);
  });

  it.each(languages)('are plain text in %s: no markup, no spaces too many, whole sentences', (lang) => {
    const words = lang === 'en' ? englishWords : allWords(fileOf(lang));
    for (const [name, text] of words) {
      expect([name, text]).toEqual([name, expect.stringMatching(/^\S(?:(?!\s\s|[<>{}])[^])*$/)]);
      expect([name, text.trim()]).toEqual([name, text]);
      expect([name, text.length <= 170]).toEqual([name, true]);
      if (name.includes('.')) expect([name, text]).toEqual([name, expect.stringMatching(/\.$/)]);
    }
  });

  it('write Arabic in Arabic letters, every text of it', () => {
    for (const [name, text] of allWords(fileOf('ar'))) {
      expect([name, text]).toEqual([name, expect.stringMatching(/\p{Script=Arabic}/u)]);
    }
  });

  it.each(languages)('answer for every code in %s', (locale) => {
    const language = texts.languageOf(contextOf({ locale }));
    const own = locale === 'en' ? { ...catalogue, ...english.codes } : fileOf(locale).codes;
    for (const code of codes) {
      expect([code, language.sentence(code), language.action(code), language.t(code)]).toEqual([
        code,
        own[code]!.sentence,
        own[code]!.action,
        own[code]!.sentence,
      ]);
    }
  });
});

describe('the views', () => {
  const views = readdirSync(join(root, 'views'))
    .filter((name) => name.endsWith('.eta'))
    .map((name) => read(`views/${name}`));
  const asked = new Set(
    views.flatMap((view) => [...view.matchAll(/\bit\.t\('(\w+)'\)/g)].map((match) => match[1]!)),
  );

  it('ask for no text that does not exist, and leave none unused', () => {
    const { codes: _codes, ...words } = english;
    expect([...asked].sort()).toEqual(Object.keys(words).sort());
  });

  it('have no words of their own', () => {
    for (const view of views) {
      const words = view
        .replace(/<%[^]*?%>/g, ' ')
        .replace(/<[^>]*>/g, ' ')
        .match(/\p{L}{2,}/gu);
      // A name and a time zone are the same in every language.
      expect((words ?? []).filter((word) => !['LTI', 'Bridge', 'UTC'].includes(word))).toEqual([]);
    }
  });
});

describe('the language of a page', () => {
  it.each([
    ['de-AT', 'de'],
    ['ar_SA', 'ar'],
    ['ar_SA.UTF-8', 'ar'],
    ['pt-BR', 'pt'],
    ['pt', 'pt'],
    ['ES', 'es'],
    ['fr@euro', 'fr'],
  ])('follows the locale %s of the launch, whatever the browser says', (locale, lang) => {
    expect(chosen({ locale, accept: 'en-US,en;q=0.9' })).toBe(lang);
  });

  it.each([
    ['a language without translation', 'zz-ZZ'],
    ['nothing', ''],
    ['a word that only begins like a language', 'deutsch'],
    ['the name of a member of objects', '__proto__'],
    ['far too much', 'x'.repeat(100_000)],
    ['a number', 7],
    ['null', null],
    ['a list', ['de']],
  ])('follows the browser where the launch says %s', (_what, locale) => {
    expect(chosen({ locale, accept: 'fr' })).toBe('fr');
  });

  it.each([
    ['de', 'de'],
    ['de-CH-1996', 'de'],
    ['es-419', 'es'],
    ['zh-Hant-TW, ar;q=0.4, fr;q=0.6', 'fr'],
    ['en;q=0.2, pt-BR;q=0.9', 'pt'],
    ['es;q=0.5,de;q=0.5', 'es'],
    ['de;q=0, ar;q=0.001', 'ar'],
    ['fr ; Q=1.000 , en ; q=0.9', 'fr'],
    ['*', 'en'],
    ['ja, ko;q=0.8', 'en'],
  ])('is for Accept-Language %p: %s', (accept, lang) => {
    expect(chosen({ accept })).toBe(lang);
  });

  it.each([
    ['none at all', undefined],
    ['an empty one', ''],
    ['separators only', ',;,;q=,;;,'],
    ['weights that are none', 'de;q=high, fr;q=2, es;q=-1, ar;q=0.1.2, pt;q=1;q=1'],
    ['names of members of objects', '__proto__, constructor, toString;q=0.9'],
    ['characters of other alphabets', 'dé, ру, \u0000de, d e'],
    ['a path', '../../de, /etc/passwd'],
    ['a word that only begins like a language', 'deutsch, frankish, esperanto'],
    ['one far too long', `de,${'a'.repeat(20_000)}`],
    ['far too many', 'de;q=0.9,'.repeat(20_000)],
  ])('is English for a hostile header: %s', (_what, accept) => {
    const before = performance.now();
    expect(chosen({ accept })).toBe('en');
    expect(performance.now() - before).toBeLessThan(200);
  });
});

describe('a rendered page', () => {
  function refusal(options: Parameters<typeof contextOf>[0], code: ErrorCode = 'launch_expired'): Context {
    const ctx = contextOf(options);
    sayErrorAsPage(pages)(ctx, new BridgeError(code));
    return ctx;
  }

  it.each([
    ['ar', 'rtl'],
    ['de', 'ltr'],
    ['en', 'ltr'],
  ])('says in %s which language it is in, and that others would read another', (lang, dir) => {
    const ctx = refusal({ accept: lang });
    expect(ctx.response.get('Content-Language')).toBe(lang);
    expect(ctx.response.get('Vary')).toBe('Accept-Language');
    expect(ctx.response.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(ctx.body).toContain(`<html lang="${lang}" dir="${dir}">`);
    const language = texts.languageOf(contextOf({ locale: lang }));
    expect(ctx.body).toContain(`<title>${language.sentence('launch_expired')}</title>`);
    expect(ctx.body).toContain(language.action('launch_expired'));
  });

  it('writes codes and references from left to right in every language', () => {
    const { body } = refusal({ locale: 'ar' });
    expect(body).toContain('<dd dir="ltr">ABCD-1234</dd>');
    expect(body).toContain('<dd dir="ltr">launch_expired</dd>');
  });

  it('shows what the platform said as a quotation, and never as markup', () => {
    const ctx = contextOf({ accept: 'ar' });
    const quote = '<img src=x onerror=alert(1)>';
    sayErrorAsPage(pages)(ctx, new BridgeError('launch_platform_error', { quote }));
    expect(ctx.body).toContain('<q><bdi>&lt;img src=x onerror=alert(1)&gt;</bdi></q>');
    expect(ctx.body).not.toContain('<img');
  });

  it('is English in the sandbox, which has no other words', () => {
    const ctx = contextOf({ accept: 'ar' });
    pages.render(ctx, 'sandbox/app-home', { lmsUrl: 'http://lms.localhost' });
    expect(ctx.response.get('Content-Language')).toBe('en');
    expect(ctx.body).toContain('<html lang="en">');
  });
});
