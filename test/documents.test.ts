/** The documents stay true: what they list is what the code has, every link leads somewhere, and no page names a machine. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { settings } from '../server/config.js';
import { catalogue } from '../server/lib/errors.js';
import { createMetrics } from '../server/lib/metrics.js';
import { oauthPaths } from '../server/oauth/routes.js';

const root = join(import.meta.dirname, '..');
const leftOut = new Set(['.git', 'node_modules', 'dist', 'data', 'coverage', '.cache']);
const files = listFiles(root);
const pages = files.filter((path) => path.endsWith('.md'));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const names = Object.keys(settings);

describe('the settings', () => {
  it('stand in .env.example, all of them, in order and commented out', () => {
    const lines = read('.env.example').split('\n');
    const listed = lines.map((line) => /^#? ?([A-Z_]+)=/.exec(line)?.[1]).filter(Boolean);
    expect(listed).toEqual(names);
    expect(lines.filter((line) => /^[A-Z]/.test(line))).toEqual([]);
  });

  it('stand in docs/configuration.md, all of them, in order, and the secret ones with their _FILE', () => {
    const rows = tableRows(read('docs/configuration.md')).filter(([name]) => /^`[A-Z_]+`$/.test(name ?? ''));
    // The first table is the list; later ones speak of settings again.
    const list = rows.slice(0, names.length);
    expect(list.map(([name]) => bare(name!))).toEqual(names);
    for (const [name, , meaning] of list) {
      const setting = bare(name!) as keyof typeof settings;
      expect([setting, meaning!.includes(`\`${setting}_FILE\``)]).toEqual([
        setting,
        'secret' in settings[setting],
      ]);
    }
  });
});

describe('docs/errors.md', () => {
  const rows = tableRows(read('docs/errors.md')).filter(
    (cells) => cells.length === 5 && /^`[a-z_]+`$/.test(cells[0]!),
  );

  it('has exactly the codes of the catalogue, each once and in its order', () => {
    expect(rows.map(([code]) => bare(code!))).toEqual(Object.keys(catalogue));
  });

  it('says of each what the catalogue says', () => {
    const said = Object.fromEntries(
      rows.map(([code, status, sentence, action, spec]) => [
        bare(code!),
        { status: Number(status), sentence, action, spec },
      ]),
    );
    expect(said).toEqual(catalogue);
  });
});

describe("the README's table of routes", () => {
  it('is the routes of the running service', () => {
    const listed = tableRows(read('README.md'))
      .filter(([methods]) => /^[A-Z]+(, [A-Z]+)*$/.test(methods ?? ''))
      .flatMap(([methods, path]) => methods!.split(', ').map((method) => `${method} ${bare(path!)}`));
    expect(listed.toSorted()).toEqual(routesOfTheCode().toSorted());
  });
});

describe('docs/operations.md', () => {
  it('has exactly the metrics of the bridge', async () => {
    const rendered = await createMetrics().render();
    const made = [...rendered.matchAll(/^# TYPE (bridge_\w+)/gm)].map(([, name]) => name);
    const listed = tableRows(read('docs/operations.md'))
      .map(([name]) => bare(name ?? ''))
      .filter((name) => name.startsWith('bridge_'));
    expect(listed.toSorted()).toEqual(made.toSorted());
  });
});

describe('the decision on dependencies', () => {
  const page = read('docs/decisions/0008-dependencies.md');
  const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const [running, developing] = page.split('### What only development needs');
  const packagesIn = (text: string) =>
    tableRows(text).flatMap(([name]) => (/^`.+`$/.test(name ?? '') ? [bare(name!)] : []));

  it('names exactly the packages that run', () => {
    expect(packagesIn(running!)).toEqual(Object.keys(manifest.dependencies!).toSorted());
  });

  it('names exactly the packages that only development needs', () => {
    expect(packagesIn(developing!)).toEqual(Object.keys(manifest.devDependencies!).toSorted());
  });
});

describe('every page', () => {
  it.each(pages)('%s: its links lead to files, and to headings that are there', (page) => {
    const broken = linksOf(page).filter((link) => !leadsSomewhere(page, link));
    expect(broken).toEqual([]);
  });

  it('is reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      for (const link of linksOf(page)) {
        const target = join(dirname(page), link.split('#')[0]!);
        if (target.endsWith('.md') && existsSync(join(root, target))) reached.add(target);
        if (target === 'docs/decisions') pages.filter(isDecision).forEach((one) => reached.add(one));
      }
    }
    expect(pages.filter((page) => !reached.has(page))).toEqual([]);
  });

  it('of the decisions has its number, what led to it, what was decided and what follows', () => {
    const decisions = pages.filter(isDecision);
    expect(decisions.map((path) => Number(/\/(\d{4})-/.exec(path)?.[1]))).toEqual(
      decisions.map((_path, index) => index + 1),
    );
    const wanted = ['context', 'decision', 'alternatives', 'consequences'];
    const lacking = decisions.map((path) => [
      path,
      ...wanted.filter((one) => !headingsOf(path).includes(one)),
    ]);
    expect(lacking).toEqual(decisions.map((path) => [path]));
  });
});

describe('every text file', () => {
  it('is free of paths that exist on one machine only', () => {
    const absolute = /(?:^|[\s"'`(=])\/(?:work|home|root|Users)\/[\w.]/m;
    expect(files.filter((path) => absolute.test(read(path)))).toEqual([]);
  });
});

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !leftOut.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return listFiles(path);
      return isText(path) ? [relative(root, path)] : [];
    })
    .toSorted();
}

function isText(path: string): boolean {
  return !readFileSync(path).subarray(0, 8_000).includes(0);
}

/** The cells of every table row of a page, header and ruler left out. */
function tableRows(page: string): string[][] {
  const lines = page.split('\n');
  return lines
    .filter((line, index) => line.startsWith('|') && !/^\|[-|: ]+\|$/.test(lines[index + 1] ?? ''))
    .filter((line) => !/^\|[-|: ]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split('|')
        .map((cell) => cell.trim()),
    );
}

function bare(cell: string): string {
  return cell.replaceAll('`', '');
}

/**
 * Read from the tables of the code: routers with their prefix, the engine's list, and the few that app.ts has itself. HEAD
 * and OPTIONS go without saying.
 */
function routesOfTheCode(): string[] {
  const engine = Object.entries(oauthPaths).flatMap(([path, methods]) =>
    methods.filter((method) => !/HEAD|OPTIONS/.test(method)).map((method) => `${method} ${path}`),
  );
  const sources = files.filter((path) => path.startsWith('server/') && !path.startsWith('server/sandbox/'));
  const routed = sources.flatMap((path) => {
    const text = read(path);
    const prefix = /new Router\(\{ prefix: '([^']+)' \}\)/.exec(text)?.[1] ?? '';
    const calls = text.matchAll(/\brouter\.(get|post|put|patch|delete)\(\s*'([^']+)'/g);
    return Array.from(calls, ([, method, route]) => `${method!.toUpperCase()} ${prefix}${route}`);
  });
  const byPath = ['server/health.ts', 'server/app.ts'].flatMap((path) =>
    Array.from(read(path).matchAll(/ctx\.path [!=]== '([^']+)'/g), ([, route]) => `GET ${route}`),
  );
  const assets = /ctx\.state\.route = '(\/assets[^']+)'/.exec(read('server/http/assets.ts'))![1]!;
  return [...engine, ...routed, ...byPath, `GET ${assets}`];
}

/** Links to this repository's own files, outside code. */
function linksOf(page: string): string[] {
  const text = read(page)
    .replace(/```[\s\S]*?```/g, '')
    .replace(/`[^`\n]*`/g, '');
  return Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, link]) => link!).filter(
    (link) => !/^[a-z]+:/.test(link),
  );
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path, heading] = link.split('#') as [string, string | undefined];
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return false;
  return heading === undefined || headingsOf(target).includes(heading);
}

/** The headings of a page as they stand in addresses. */
function headingsOf(page: string): string[] {
  const text = read(page).replace(/```[\s\S]*?```/g, '');
  return Array.from(text.matchAll(/^#+ (.+)$/gm), ([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function isDecision(path: string): boolean {
  return path.startsWith('docs/decisions/');
}
