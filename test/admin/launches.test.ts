/** /admin/api/launches: what came in lately, and what was refused, found by the reference that a person reads out. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  exchange,
  codeOf,
  launch,
  refusalOf,
  resourceLaunch,
  startWorld,
  type World,
} from '../support/world.js';
import { TestClock } from '../support/bridge.js';
import { profile, revoke, type Tokens } from '../support/requests.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const unknownId = '00000000-0000-4000-8000-000000000000';
const clock = new TestClock();

let world: World;
beforeAll(async () => {
  world = await startWorld({ overrides: { now: clock.now } });
});
afterAll(() => world.stop());

const admin = (path: string) => world.bridge.admin('GET', path);
const list = async (query = ''): Promise<any[]> => (await admin(`launches?${query}`)).body.items;

/** A launch whose token was tampered with; its reference as the page shows it. */
async function refusedLaunch(): Promise<string> {
  clock.advance(1);
  const page = await launch(world, resourceLaunch(), { claims: { aud: 'somebody-else' } });
  expect(refusalOf(page)).toBe('launch_audience_mismatch');
  return /\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b/.exec(page.text)![0];
}

async function acceptedLaunch(): Promise<Tokens> {
  clock.advance(1);
  const { body } = await exchange(world, codeOf(await launch(world, resourceLaunch())));
  return body;
}

describe('an accepted launch', () => {
  it('is told by ids and facts, and by nobody’s name', async () => {
    const { context, access_token } = await acceptedLaunch();
    const [newest] = await list();
    expect(newest).toEqual({
      id: context.lti.launch_id,
      state: 'accepted',
      application_id: world.application.id,
      platform_id: world.platformId,
      deployment_id: expect.stringMatching(uuid),
      person_id: (await profile(world, access_token)).body.$data.id,
      class_id: context.class.id,
      assignment_id: null,
      message_type: 'LtiResourceLinkRequest',
      intent: 'class',
      roles: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'],
      target_link_uri: expect.any(String),
      grant_used_at: null,
      grant_revoked_at: null,
      created_at: expect.stringMatching(isoTime),
    });
    expect(JSON.stringify(newest)).not.toMatch(/Ada|Sample|school\.example/);
    expect((await admin(`launches/${newest.id}`)).body).toEqual(newest);
  });

  it('tells when its grant was taken back', async () => {
    const { refresh_token, context } = await acceptedLaunch();
    await revoke(world, refresh_token);
    const { body } = await admin(`launches/${context.lti.launch_id}`);
    expect(body.grant_revoked_at).toMatch(isoTime);
  });

  it('is listed newest first, page by page, for one platform or for all', async () => {
    for (let i = 0; i < 4; i += 1) await acceptedLaunch();
    const all = await list();
    const times = all.map(({ created_at }) => created_at);
    expect(times).toEqual(times.toSorted().toReversed());
    const seen: string[] = [];
    let before = '';
    for (let page = 0; page < 20; page += 1) {
      const { body } = await admin(`launches?limit=2${before}`);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      if (body.next === null) break;
      before = `&before=${body.next}`;
    }
    expect(seen).toEqual(all.map(({ id }) => id));
    expect(await list(`platform_id=${world.platformId}`)).toEqual(all);
    expect(await list(`platform_id=${unknownId}`)).toEqual([]);
  });
});

describe('a refused launch', () => {
  it('is kept with its code and what was wrong, and with nothing of the token', async () => {
    const reference = await refusedLaunch();
    const [newest] = await list('state=refused');
    expect(newest).toEqual({
      id: expect.stringMatching(uuid),
      state: 'refused',
      reference,
      platform_id: world.platformId,
      code: 'launch_audience_mismatch',
      detail: newest.detail,
      created_at: expect.stringMatching(isoTime),
    });
    expect(JSON.stringify(newest)).not.toMatch(/Ada|Sample|eyJ|somebody-else/);
    expect((await list()).map(({ id }) => id)).not.toContain(newest.id);
  });

  it('is found by its reference, however a person reads it out', async () => {
    const [reference, other] = [await refusedLaunch(), await refusedLaunch()];
    for (const said of [
      reference,
      reference.toLowerCase(),
      reference.replace('-', ''),
      reference.replace('-', ' '),
      ` ${reference} `,
    ]) {
      const found = await list(`reference=${encodeURIComponent(said)}`);
      expect(found.map((one) => one.reference)).toEqual([reference]);
    }
    expect(other).not.toBe(reference);
    expect(await list('reference=0000-0000')).toEqual([]);
    expect(await list(`reference=${reference}&platform_id=${unknownId}`)).toEqual([]);
  });

  it('is listed newest first and page by page', async () => {
    for (let i = 0; i < 3; i += 1) await refusedLaunch();
    const all = await list('state=refused');
    const { body } = await admin('launches?state=refused&limit=2');
    expect(body.items).toEqual(all.slice(0, 2));
    const next = await list(`state=refused&limit=2&before=${body.next}`);
    expect(next).toEqual(all.slice(2, 4));
  });
});

describe('the list of launches', () => {
  it.each([
    ['limit', '0'],
    ['limit', '201'],
    ['state', 'pending'],
    ['platform_id', 'x'],
    ['reference', 'x'.repeat(21)],
    ['before', 'yesterday'],
    ['before', '2026-01-01'],
    ['before', '1735689600000'],
    ['after', unknownId],
    ['person', 'ada'],
  ])('refuses %s=%s', async (name, value) => {
    const { status, body } = await admin(`launches?${name}=${value}`);
    expect([status, body.error, body.field]).toEqual([400, 'request_invalid', name]);
  });
});

describe('a launch that does not exist', () => {
  it.each([unknownId, 'x', '%00', "'"])('(%s) is not found', async (id) => {
    const { status, body } = await admin(`launches/${id}`);
    expect([status, body.error]).toEqual([404, 'not_found']);
  });
});
