/** The steps of a launch as data: what the LMS saw, and what the bridge wrote down about it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sha256 } from '../../server/lib/crypto.js';
import { catalogue } from '../../server/lib/errors.js';
import { checksUpTo, passedChecks } from '../../server/sandbox/lms/timeline/checks.js';
import type { Step } from '../../server/sandbox/lms/timeline/steps.js';
import type { Launch } from '../../server/store/launches.js';
import type { RefusedLaunch } from '../../server/store/refused-launches.js';
import { startSandboxWithTool } from './support/sandbox-with-tool.js';
import { Visitor } from './support/visitor.js';

const accepted = {
  id: 'launch-1',
  intent: 'assignment',
  applicationId: 'application-1',
  personId: 'person-1',
  classId: null,
  assignmentId: null,
  selectionId: null,
} as Launch;
const path = '/people/ben/courses/biology/open/cell-quiz';
let launch: Launch | undefined;
let refused: RefusedLaunch | undefined;
const asked: string[] = [];
let world: Awaited<ReturnType<typeof startSandboxWithTool>>;
let ben: Visitor;

beforeAll(async () => {
  world = await startSandboxWithTool({
    launches: { findByNonce: async (hash) => (asked.push(hash), launch) },
    refusedLaunches: { findByNonce: async () => refused },
  });
});
afterAll(() => world.close());
beforeEach(() => {
  [launch, refused] = [undefined, undefined];
  ben = new Visitor(world.site);
});

/** Opens a page with a frame and returns how its launch can be made and looked at. */
async function open(page = path) {
  const { body } = await ben.get(page);
  const run = /run=([\w-]{36})/.exec(body)![1]!;
  return {
    run,
    launch: () => ben.launch(`${page.split('?')[0]}/launch?run=${run}`, world.tool.url),
    async steps(): Promise<Record<string, Step>> {
      const { steps } = JSON.parse((await ben.get(`/runs/${run}/steps.json`)).body) as { steps: Step[] };
      return Object.fromEntries(steps.map((one) => [one.name, one]));
    },
    async version(): Promise<string> {
      return (JSON.parse((await ben.get(`/runs/${run}/steps.json`)).body) as { version: string }).version;
    },
  };
}

const states = (steps: Record<string, Step>) => Object.values(steps).map(({ state }) => state);

describe('the timeline', () => {
  it('waits, then tells of login, request and message, and has another version each time', async () => {
    const opened = await open();
    expect(states(await opened.steps())).toEqual(['waiting', 'waiting', 'waiting', 'waiting', 'waiting']);
    const before = await opened.version();
    await opened.launch();
    expect(await opened.version()).not.toBe(before);
    const steps = await opened.steps();
    expect(states(steps)).toEqual(['done', 'done', 'done', 'waiting', 'waiting']);
    expect(steps.login!.facts).toContainEqual({
      name: 'login_hint',
      value: 'person-ben',
      meaning: expect.any(String),
    });
    expect(steps.request!.facts.map(({ name }) => name)).toContain('nonce');
    for (const { meaning } of [...steps.login!.facts, ...steps.request!.facts]) expect(meaning).toBeTruthy();
    expect(steps.message!.texts.map(({ label }) => label)).toEqual(['Header', 'Claims']);
    expect(steps.message!.texts[1]!.text).toContain('"name": "Ben Sample"');
    expect(asked.at(-1)).toBe(sha256('nonce-1'));
  });

  it('tells of a launch that was let in', async () => {
    const opened = await open();
    await opened.launch();
    launch = accepted;
    const { checks, outcome } = await opened.steps();
    expect(checks!.state).toBe('done');
    expect(new Set(checks!.checks.map(({ state }) => state))).toEqual(new Set(['passed']));
    expect(outcome!.facts).toContainEqual({ name: 'launch', value: 'launch-1' });
    expect(outcome!.facts).toContainEqual({ name: 'class', value: 'none' });
  });

  it('tells of a launch that was refused: the check, the code, the sentence and the reference', async () => {
    const opened = await open(`${path}?break=expired`);
    await opened.launch();
    refused = {
      code: 'launch_expired',
      reference: 'ABCD-1234',
      detail: 'expired 300 s ago',
    } as RefusedLaunch;
    const { checks, outcome } = await opened.steps();
    expect(checks).toMatchObject({ state: 'failed', summary: catalogue.launch_expired.sentence });
    expect(checks!.facts.map(({ value }) => value)).toEqual([
      'launch_expired',
      'ABCD-1234',
      'expired 300 s ago',
    ]);
    expect(checks!.checks.filter(({ state }) => state === 'failed').map(({ title }) => title)).toEqual([
      'exp, iat, nbf: it is valid now',
    ]);
    expect(outcome!.state).toBe('not reached');
    const page = await ben.get(`/runs/${opened.run}`);
    expect(page.body).toContain('ABCD-1234');
    expect(page.body).toContain('<details open>');
  });

  it('tells both where a message was sent twice', async () => {
    const opened = await open(`${path}?break=replayed`);
    await opened.launch();
    launch = accepted;
    refused = { code: 'launch_replayed', reference: 'ABCD-1234', detail: null } as RefusedLaunch;
    const { checks, outcome } = await opened.steps();
    expect(checks!.state).toBe('failed');
    expect(outcome).toMatchObject({ state: 'done', summary: expect.stringContaining('One of the two') });
  });

  it('begins anew when the frame is loaded again', async () => {
    const opened = await open();
    await opened.launch();
    launch = accepted;
    await ben.get(`${path}/launch?run=${opened.run}`);
    expect(states(await opened.steps())).toEqual(['done', 'waiting', 'waiting', 'waiting', 'waiting']);
  });

  it('has a sixth step where the application selects', async () => {
    const ada = '/people/ada/courses/biology/open/add-content';
    const run = /run=([\w-]{36})/.exec((await ben.get(ada)).body)![1]!;
    const selection = async () => {
      const { steps } = JSON.parse((await ben.get(`/runs/${run}/steps.json`)).body) as { steps: Step[] };
      return steps.find(({ name }) => name === 'selection')!;
    };
    expect((await selection()).state).toBe('waiting');
    await world.place(ben, [{ type: 'link', url: 'https://tool.example/', title: 'A page' }], { run });
    const done = await selection();
    expect(done).toMatchObject({ state: 'done', summary: 'One content item, signed by the bridge.' });
    expect(done.texts.map(({ label }) => label)).toEqual([
      'Content item 1',
      'The signed answer: header',
      'The signed answer: claims',
    ]);
    await world.place(ben, [{ type: 'link' }], { run });
    expect(await selection()).toMatchObject({
      state: 'failed',
      facts: [{ name: 'item 1: url', value: 'must be an http or https address' }],
    });
  });

  it('is not there for a launch that nobody made', async () => {
    expect((await ben.get('/runs/unknown/steps.json')).status).toBe(404);
    expect((await ben.get('/runs/unknown')).status).toBe(404);
  });
});

describe('the checks', () => {
  it('have a place for every refusal of a launch', () => {
    const codes = Object.keys(catalogue).filter((code) => code.startsWith('launch_'));
    const lost = codes.filter((code) => !checksUpTo(code, null).some(({ state }) => state === 'failed'));
    expect(lost).toEqual([]);
  });

  it.each([
    ['launch_claim_missing', 'roles', 'roles'],
    ['launch_claim_invalid', 'sub: not a text of 1 to 255 ASCII characters', 'sub'],
    ['launch_claim_missing', 'resource_link.id', 'Everything'],
    ['launch_claim_missing', null, 'Everything'],
  ])('%s of %s is the one that failed', (code, detail, title) => {
    const results = checksUpTo(code, detail);
    const failed = results.findIndex(({ state }) => state === 'failed');
    expect(results[failed]!.title.startsWith(title)).toBe(true);
    expect(results.slice(0, failed).every(({ state }) => state === 'passed')).toBe(true);
    expect(results.slice(failed + 1).every(({ state }) => state === 'not reached')).toBe(true);
  });

  it('were not reached at all where the refusal is none of them', () => {
    expect(checksUpTo('storage_unavailable', null).every(({ state }) => state === 'not reached')).toBe(true);
    expect(passedChecks()).toHaveLength(22);
  });
});
