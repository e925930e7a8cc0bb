/** The documents stay true: what they list is what the code has, every link leads somewhere, and no page names a machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transform } from 'esbuild';
import { settings } from '../server/config.js';
import { presentAssignment } from '../server/edlink/coursework.js';
import { presentClass } from '../server/edlink/roster.js';
import { catalogue } from '../server/lib/errors.js';
import { createMetrics } from '../server/lib/metrics.js';
import { itemType, linkContentItem } from '../server/lti/deep-link/content-item.js';
import { readSelection, type SelectedLink } from '../server/lti/deep-link/selection-message.js';
import { roleInClass } from '../server/lti/launch/roles.js';
import { oauthPaths } from '../server/oauth/routes.js';
import { assignmentRow, classRow } from './edlink/rows.js';
import type * as Support from './support/world.js';

const root = join(import.meta.dirname, '..');
const leftOut = new Set(['.git', 'node_modules', 'dist', 'data', 'coverage', '.cache']);
const files = listFiles(root);
const pages = files.filter((path) => path.endsWith('.md'));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const names = Object.keys(settings);

/** Beside those of the page: roles that nobody should send, and somebody does. */
const oddRoles = [
  '',
  'TeachingAssistant',
  'urn:lti:role:ims/lis/Instructor',
  'http://purl.imsglobal.org/vocab/lti/system/person#TestUser',
  'http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor',
  'http://purl.imsglobal.org/vocab/lis/v2/membership/instructor#TeachingAssistant',
  'http://purl.imsglobal.org/vocab/lis/v2/membership/Learner#Instructor',
  'http://purl.imsglobal.org/vocab/lis/v2/person#SysAdmin',
  'http://purl.imsglobal.org/vocab/lis/v2/person#None',
];

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

describe('docs/context.md', () => {
  it.each([
    ['Class', presentClass(classRow())],
    ['Assignment', presentAssignment(assignmentRow())],
  ])('lists every key of the %s that applications get', (heading, presented) => {
    const listed = tableRows(section('docs/context.md', heading)).flatMap(([keys]) => codesIn(keys!));
    expect(listed.toSorted()).toEqual(Object.keys(presented).toSorted());
  });
});

describe('docs/flows/launch.md', () => {
  it('names every refusal of logins and launches', () => {
    const said = codesIn(section('docs/flows/launch.md', 'What can go wrong'));
    const codes = Object.keys(catalogue).filter((code) => /^(login|launch)_/.test(code));
    expect(codes.filter((code) => !said.includes(code))).toEqual([]);
  });
});

describe('docs/flows/deep-linking.md', () => {
  const page = 'docs/flows/deep-linking.md';
  const options = { development: false };
  const fields = tableRows(section(page, 'What a message may say')).filter((cells) => cells.length === 4);
  const samples: Record<string, unknown> = {
    thumbnail: 'https://app.example/thumbnail.png',
    icon: 'https://app.example/icon.png',
    custom: { quiz: 'f1' },
    points_possible: 12.5,
    submission_review: { reviewableStatus: ['Completed'] },
    display_date: '2026-09-01T07:00:00.000Z',
    end_date: '2026-09-30T07:00:00.000Z',
    start_date: '2026-09-05T07:00:00.000Z',
    due_date: '2026-09-06T17:00:00.000Z',
  };

  it('lists exactly the fields that are read, in their order', () => {
    const reader = read('server/lti/deep-link/selection-message.ts');
    const [, linkReader] = /function readLink\([^]*?(\{[^]*?\n\})/.exec(reader)!;
    const names = Array.from(
      linkReader!.matchAll(/reader\.\w+\('(\w+)'|(readCustom)\(/g),
      ([, name]) => name ?? 'custom',
    );
    expect(fields.map(([name]) => bare(name!))).toEqual(names);
  });

  it.each(fields.map(([name, becomes]) => [bare(name!), becomes!]))(
    'says what becomes of %s',
    (name, becomes) => {
      const value = samples[name] ?? 'Fractions';
      const [link] = readSelection({ type: 'lti', [name]: value }, options).items as [SelectedLink];
      const item = linkContentItem(link, {
        selectionId: '0',
        launchUrl: 'https://bridge.example/lti/launch',
        fallbackTitle: 'Quiz maker',
        acceptLineItem: true,
      });
      const found = codesIn(becomes).map((path) => memberOf(item, path));
      const wanted = name === 'custom' ? expect.objectContaining(value as object) : value;
      expect(found).toEqual(found.map(() => wanted));
      expect(found).not.toEqual([]);
    },
  );

  it('lists exactly the types of other content', () => {
    const listed = tableRows(section(page, 'Content that is not yours')).map(([type]) => bare(type!));
    const known = ['ltiResourceLink', 'link', 'file', 'html', 'image', 'ltiAssetProcessor'].filter((type) => {
      const item = { type, url: 'https://x.example/', html: '<p>' };
      try {
        return itemType(readSelection({ type: 'lti', item }, options).items[0]!) === type;
      } catch {
        return false;
      }
    });
    expect(listed.toSorted()).toEqual(known.toSorted());
  });

  it('lists exactly the codes of deep linking, with their status', () => {
    const listed = tableRows(section(page, 'When a message is refused')).map(([code, status]) => [
      bare(code!),
      Number(status),
    ]);
    const known = Object.entries(catalogue).filter(([code]) => code.startsWith('dl_'));
    expect(listed).toEqual(known.map(([code, { status }]) => [code, status]));
  });
});

describe('docs/guides/roles.md', () => {
  const page = 'docs/guides/roles.md';
  const lis = 'http://purl.imsglobal.org/vocab/lis/v2/';
  const tables = tableRows(section(page, 'What becomes what'));
  const examples = tables.filter(([, word]) => /^`\w+`$/.test(word!));
  const rolesIn = (cell: string) =>
    codesIn(cell).map((role) => (role.includes('#') ? `${lis}${role}` : role));

  it('has the words in the order in which they win', () => {
    const rows = read('server/lti/launch/roles.ts').matchAll(/^ {2}\['(\w+)', \[/gm);
    const words = tables.filter((row) => !examples.includes(row)).map(([word]) => bare(word!));
    expect(words).toEqual([...Array.from(rows, ([, word]) => word), 'administrator', 'member']);
  });

  it.each(examples)('gives %s the word of the bridge, %s', (roles, word) => {
    expect(roleInClass(rolesIn(roles!))).toBe(bare(word!));
  });

  it('has a function that says the same as the bridge of every two of all roles', async () => {
    const program = programsOf(page).get('roles.mjs')!;
    const { roleOf } = (await import(`data:text/javascript,${encodeURIComponent(program)}`)) as {
      roleOf(roles: string[]): string;
    };
    const roles = [...new Set([...tables.flatMap((row) => rolesIn(row.join())), ...oddRoles])];
    const pairs = roles.flatMap((one) => roles.map((other) => [one, other]));
    expect(pairs.filter((pair) => roleOf(pair) !== roleInClass(pair))).toEqual([]);
    expect([roleOf([]), roleOf([''])]).toEqual([roleInClass([]), roleInClass([''])]);
  });
});

describe('the table of languages', () => {
  it('has the files of views/texts, and each file every text and every code', () => {
    const listed = tableRows(section('docs/operations.md', 'Pages and their languages')).map(([file]) =>
      bare(file!),
    );
    const names = files.filter((path) => path.startsWith('views/texts/'));
    expect(listed.toSorted()).toEqual(names.map((path) => path.slice('views/texts/'.length)));
    const texts = names.map((path) => JSON.parse(read(path)) as Record<string, object>);
    const english = Object.keys(JSON.parse(read('views/texts/en.json')) as object);
    for (const { codes, ...words } of texts) {
      expect(Object.keys(words).toSorted()).toEqual(english.toSorted());
      if (codes) expect(Object.keys(codes).toSorted()).toEqual(Object.keys(catalogue).toSorted());
    }
  });
});

describe("the tables of the operator's fields", () => {
  it.each(['applications', 'platforms'])('of %s are what is taken', (noun) => {
    const [, fields] = /function settingsFields\([^]*?return \{\n([^]*?)\n {2}\};/.exec(
      read(`server/admin/${noun}.ts`),
    )!;
    const known = Array.from(fields!.matchAll(/^ {4}(\w+):/gm), ([, name]) => name);
    const parts = section('docs/operations.md', 'Applications and platforms').split('| platform |');
    const table = noun === 'applications' ? parts[0]! : `| platform |${parts[1]}`;
    expect(tableRows(table).flatMap(([names]) => codesIn(names!))).toEqual(known);
  });
});

describe('the programs in the documents', () => {
  it.each(pages.filter((page) => codeBlocks(page).length > 0))('of %s are JavaScript', async (page) => {
    for (const code of codeBlocks(page)) await transform(code, { loader: 'js' });
  });

  const folder = mkdtempSync(join(tmpdir(), 'lti-bridge-documents-'));
  let support: typeof Support;
  let world: Support.World;
  let redirectUri: string;
  beforeAll(async () => {
    // Loaded here and not above: the tables can be compared while the bridge cannot start.
    support = await import('./support/world.js');
    world = await support.startWorld();
    const { freePort } = await import('./support/bridge.js');
    redirectUri = `http://localhost:${await freePort()}/callback`;
    await world.bridge.admin('PATCH', `applications/${world.application.id}`, {
      redirect_uris: [redirectUri],
    });
    const guide = programsOf('docs/guides/sessions-in-a-frame.md');
    for (const [name, text] of [...programsOf('README.md'), ...guide])
      writeFileSync(join(folder, name), filledIn(text));
  });
  afterAll(async () => {
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** As a reader fills in the README's program. */
  function filledIn(text: string): string {
    const { bridge, application } = world;
    return text
      .replace("bridge = 'http://localhost:3000'", `bridge = '${bridge.url}'`)
      .replace(
        "{ client_id: '…', client_secret: '…', redirect_uri: 'http://localhost:4000/callback' }",
        JSON.stringify({
          client_id: application.id,
          client_secret: application.secret,
          redirect_uri: redirectUri,
        }),
      )
      .replace('listen(4000)', `listen(${new URL(redirectUri).port})`);
  }

  /** Runs a program, launches into it, and gives its answer to the code. */
  async function launchInto(
    name: string,
    look: (answer: Response, address: string) => Promise<void>,
  ): Promise<void> {
    const { bridge, application } = world;
    const environment = { BRIDGE: bridge.url, CLIENT_ID: application.id, CLIENT_SECRET: application.secret };
    const program = spawn(process.execPath, [join(folder, name)], {
      env: { ...process.env, ...environment, REDIRECT_URI: redirectUri },
      stdio: 'inherit',
    });
    const ended = once(program, 'exit');
    try {
      await listening(redirectUri);
      const { location } = await support.launch(world, support.resourceLaunch());
      await look(await fetch(location!, { redirect: 'manual' }), location!);
    } finally {
      program.kill();
      await ended;
    }
  }

  const at = (path: string) => new URL(path, redirectUri).href;
  const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

  it('callback.mjs shows the context of a launch', async () => {
    await launchInto('callback.mjs', async (answer) => {
      expect(await answer.json()).toMatchObject({ version: 2, intent: 'class' });
    });
  });

  it('cookie.mjs keeps a session for each launch', async () => {
    await launchInto('cookie.mjs', async (answer, address) => {
      const [cookie] = answer.headers.getSetCookie();
      expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=None; Partitioned$/);
      const place = at(answer.headers.get('location')!);
      const session = { cookie: cookie!.split(';')[0]! };
      expect(await (await fetch(place, { headers: session })).text()).toBe('Ada Sample came for: class');
      expect((await fetch(place)).status).toBe(401);
      expect((await fetch(at('/launches/another/'), { headers: session })).status).toBe(401);
      expect((await fetch(place, { method: 'POST', headers: session })).status).toBe(403);
      expect((await fetch(address, { redirect: 'manual' })).status).toBe(400);
    });
  });

  it('initiate.mjs lets nobody in but the browser that it started', async () => {
    const address = `applications/${world.application.id}`;
    const initiate_login_uri = at('/start');
    await world.bridge.admin('PATCH', address, { launch_mode: 'initiate', initiate_login_uri });
    await launchInto('initiate.mjs', async (started) => {
      const [cookie] = started.headers.getSetCookie();
      const authorized = await fetch(started.headers.get('location')!, { redirect: 'manual' });
      const callback = authorized.headers.get('location')!;
      const back = { headers: { cookie: cookie!.split(';')[0]! } };
      expect(await (await fetch(callback, back)).text()).toBe('Ada Sample came for: class');
      expect((await fetch(callback, back)).status).toBe(400);
    });
    await launchInto('initiate.mjs', async (started) => {
      const authorized = await fetch(started.headers.get('location')!, { redirect: 'manual' });
      expect((await fetch(authorized.headers.get('location')!)).status).toBe(400);
    });
    await world.bridge.admin('PATCH', address, { launch_mode: 'code' });
  });

  it('memory.mjs gives its page a token', async () => {
    await launchInto('memory.mjs', async (answer) => {
      const token = /let token = '([^']+)'/.exec(await answer.text())![1]!;
      const renewed = (await (await fetch(at('/api/renew'), withToken(token))).json()) as { token: string };
      const me = await (await fetch(at('/api/me'), withToken(renewed.token))).json();
      expect(me).toEqual({ sub: expect.any(String), launch: expect.any(String) });
      expect((await fetch(at('/api/me'))).status).toBe(401);
      expect((await fetch(at('/api/me'), withToken(`${token}x`))).status).toBe(401);
    });
  });

  it('fragment.mjs brings a token that is good once', async () => {
    await launchInto('fragment.mjs', async (answer) => {
      const first = answer.headers.get('location')!.split('#')[1]!;
      const { token } = (await (await fetch(at('/api/session'), withToken(first))).json()) as {
        token: string;
      };
      expect((await fetch(at('/api/session'), withToken(first))).status).toBe(401);
      expect((await fetch(at('/api/me'), withToken(first))).status).toBe(401);
      expect((await fetch(at('/api/me'), withToken(token))).status).toBe(200);
      const { once: second } = (await (await fetch(at('/api/window'), withToken(token))).json()) as {
        once: string;
      };
      expect((await fetch(at('/api/session'), withToken(second))).status).toBe(200);
    });
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

/** The text under a heading, up to the next one of its rank. */
function section(page: string, heading: string): string {
  const [, rank, text] = new RegExp(`^(#+) ${heading}\\n([^]*)`, 'm').exec(read(page))!;
  return text!.split(new RegExp(`^#{1,${rank!.length}} `, 'm'))[0]!;
}

/** What stands between backticks. */
function codesIn(text: string): string[] {
  return Array.from(text.matchAll(/`([^`]+)`/g), ([, code]) => code!);
}

function memberOf(item: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], item);
}

function codeBlocks(page: string): string[] {
  return Array.from(read(page).matchAll(/```js\n([^]*?)```/g), ([, code]) => code!);
}

/** The code blocks that name the file to save them as. */
function programsOf(page: string): Map<string, string> {
  const named = codeBlocks(page).map((code) => [/^\/\/ ([\w-]+\.mjs)\n/.exec(code)?.[1], code] as const);
  return new Map(named.filter((entry): entry is [string, string] => entry[0] !== undefined));
}

async function listening(address: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      await fetch(new URL('/', address));
      return;
    } catch {
      await wait(50);
    }
  }
  throw new Error(`nobody listens at ${address}`);
}

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
  const assets = read('server/http/assets.ts').matchAll(/'(\/assets\/:file|\/sdk\/[^']+)'/g);
  const served = Array.from(assets, ([, route]) => `GET ${route}`).filter((route) => !route.endsWith('/'));
  return [...new Set([...engine, ...routed, ...byPath, ...served])];
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
