/** The house stays in order: floors, neighbours, cycles, vendors in their folder, and what every file begins with. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const server = join(root, 'server');

/** Rooms from the ground up. Imports go down only; rooms of one floor never meet. */
const floors: string[][] = [
  ['lib'],
  ['store', 'http'],
  ['edlink'],
  ['oauth', 'lms'],
  ['lti'],
  ['delivery'],
  ['api/edlink', 'api/services', 'admin', 'sandbox'],
  ['.'],
];

/** A vendor's package may be imported in these rooms only. */
const vendors: Record<string, string[]> = {
  'oidc-provider': ['oauth'],
  knex: ['store'],
  pg: ['store'],
  ioredis: ['store'],
  jose: ['lti', 'oauth', 'sandbox'],
  'openid-client': ['sandbox'],
  'rate-limiter-flexible': ['store'],
  undici: ['lib'],
  pino: ['lib'],
  'prom-client': ['lib'],
  eta: ['http'],
  commander: ['.'],
};

interface SourceFile {
  path: string;
  room: string;
  text: string;
  imports: { name: string; typeOnly: boolean }[];
}

const files = listFiles(server).map(readSource);

describe('the floors', () => {
  it('know every folder of server/', () => {
    const rooms = new Set(floors.flat());
    expect(files.filter(({ room }) => !rooms.has(room)).map(({ path }) => path)).toEqual([]);
  });

  it('are only ever imported downwards, and neighbours never meet', () => {
    const wrong = files.flatMap((file) =>
      internalImports(file)
        .filter((target) => target.room !== file.room && floorOf(target.room) >= floorOf(file.room))
        .map((target) => `${file.path} → ${target.path}`),
    );
    expect(wrong).toEqual([]);
  });

  it('are free of import cycles, types included', () => {
    expect(findCycles()).toEqual([]);
  });

  it('let config.ts be read at the top only', () => {
    const readers = files.filter(
      (file) => file.room !== '.' && internalImports(file).some(({ path }) => path === 'config.ts'),
    );
    expect(readers.map(({ path }) => path)).toEqual([]);
  });
});

describe('each vendor', () => {
  it.each(Object.entries(vendors))('%s stays in its room', (vendor, rooms) => {
    const wrong = files.filter(
      (file) => !rooms.includes(file.room) && file.imports.some(({ name }) => packageOf(name) === vendor),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('is reached through its front door: no deep imports into oidc-provider', () => {
    expect(
      files
        .filter(({ imports }) => imports.some(({ name }) => name.startsWith('oidc-provider/')))
        .map(({ path }) => path),
    ).toEqual([]);
  });
});

describe('the environment and the outside', () => {
  it('process.env is read in config.ts alone', () => {
    expect(files.filter(({ text }) => text.includes('process.env')).map(({ path }) => path)).toEqual([
      'config.ts',
    ]);
  });

  it('nothing calls out but lib/egress.ts (and the sandbox, which stands for other people)', () => {
    const callers = files.filter(
      ({ text, room }) =>
        room !== 'sandbox' &&
        /(?<![.\w#])fetch\(|from 'node:https'|\bhttps?\.request\(|globalThis\.fetch/.test(text),
    );
    expect(callers.map(({ path }) => path)).toEqual([]);
  });

  it('claim URIs stand in one vocabulary only', () => {
    const claimUri = /['"`]https?:\/\/purl\.imsglobal\.org/;
    const wrong = files
      .filter(({ text, room }) => room !== 'sandbox' && claimUri.test(text))
      .map(({ path }) => path);
    expect(wrong).toEqual(['lti/vocabulary.ts']);
  });

  it('SQL is written in store/ only', () => {
    const sql = /\.knex\b|\braw\(/;
    expect(
      files.filter(({ text, room }) => room !== 'store' && sql.test(text)).map(({ path }) => path),
    ).toEqual([]);
  });
});

describe('every file', () => {
  it('opens with a comment that says what it is for', () => {
    expect(files.filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('has named exports only', () => {
    expect(files.filter(({ text }) => /^export default/m.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('is named in kebab-case', () => {
    expect(
      files.map(({ path }) => path).filter((path) => !/^([a-z0-9-]+\/)*[a-z0-9-]+\.ts$/.test(path)),
    ).toEqual([]);
  });
});

function listFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? listFiles(path) : path.endsWith('.ts') ? [path] : [];
  });
}

function readSource(path: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const statement = /^\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?from\s+)?'([^']+)'/gm;
  const imports = [...text.matchAll(statement)].map(([, type, name]) => ({
    name: name!,
    typeOnly: type !== undefined,
  }));
  return { path: relative(server, path), room: roomOf(relative(server, path)), text, imports };
}

function roomOf(path: string): string {
  const rooms = floors.flat().filter((room) => path.startsWith(`${room}/`));
  return rooms[0] ?? (path.includes('/') ? dirname(path) : '.');
}

function floorOf(room: string): number {
  return floors.findIndex((floor) => floor.includes(room));
}

function internalImports(file: SourceFile): SourceFile[] {
  return file.imports
    .filter(({ name }) => name.startsWith('.'))
    .map(({ name }) => relative(server, join(server, dirname(file.path), name)).replace(/\.js$/, '.ts'))
    .filter((path) => !path.startsWith('..'))
    .map((path) => {
      const target = files.find((candidate) => candidate.path === path);
      if (!target) throw new Error(`${file.path} imports ${path}, which is not there`);
      return target;
    });
}

function packageOf(name: string): string {
  return name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : name.split('/')[0]!;
}

function findCycles(): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: SourceFile, trail: string[]): void => {
    if (trail.includes(file.path)) {
      cycles.push([...trail.slice(trail.indexOf(file.path)), file.path].join(' → '));
      return;
    }
    if (done.has(file.path)) return;
    for (const target of internalImports(file)) visit(target, [...trail, file.path]);
    done.add(file.path);
  };
  for (const file of files) visit(file, []);
  return cycles;
}
