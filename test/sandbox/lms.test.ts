import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { claim, role } from '../../server/sandbox/lms/vocabulary.js';
import { readForm, serveSandbox } from './support/sites.js';
import { Visitor, authenticationRequest, readClaims } from './support/visitor.js';

const publicUrl = 'http://bridge.localhost:1';

describe('the sandbox LMS', () => {
  let site: Awaited<ReturnType<typeof serveSandbox>>;
  beforeAll(async () => {
    site = await serveSandbox({ publicUrl });
    await site.sandbox.prepare();
  });
  afterAll(() => site.close());

  const get = (path: string) => site.ask(site.lmsUrl + path);

  it('lets a visitor choose who to be', async () => {
    const { status, body } = await get('/');
    expect(status).toBe(200);
    for (const name of ['Ada', 'Ben', 'Cleo', 'Dana']) expect(body).toContain(`${name} Sample`);
  });

  it('shows the courses and their links, and content choice to the teacher alone', async () => {
    expect((await get('/people/ben')).body).toContain('/people/ben/courses/history');
    const teacher = await get('/people/ada/courses/biology');
    const student = await get('/people/ben/courses/biology');
    for (const { body } of [teacher, student]) expect(body).toContain('Quiz: parts of a cell');
    expect(teacher.body).toContain('open/add-content');
    expect(student.body).not.toContain('open/add-content');
    expect((await get('/people/ben/courses/biology/open/add-content/launch')).status).toBe(404);
  });

  it('opens a link in a frame on the course page', async () => {
    const { body } = await get('/people/ben/courses/biology/open/cell-quiz');
    expect(body).toMatch(
      /<iframe[^>]*src="\/people\/ben\/courses\/biology\/open\/cell-quiz\/launch\?in=iframe&amp;run=[\w-]{36}"/,
    );
    expect(body).not.toMatch(/<script>|<style| style=| on\w+="/);
  });

  it('may frame any tool, is framed by nobody else, and runs no script but its own', async () => {
    const { headers } = await get('/people/ben/courses/biology');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain('frame-src http: https:');
    expect(policy).toContain("frame-ancestors 'self'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('form-action');
    expect(policy).not.toContain('unsafe-inline');
    expect(headers['cache-control']).toBe('no-store');
  });

  it.each([
    '/people/nobody',
    '/people/ben/courses/none',
    '/people/ben/courses/biology/open/none',
    '/lti/token',
  ])('has nothing at %s', async (path) => expect((await get(path)).status).toBe(404));

  it('launches a graded link: login, authentication request, signed message', async () => {
    const login = readForm((await get('/people/ben/courses/biology/open/cell-quiz/launch?in=window')).body);
    expect(login.action).toBe(`${publicUrl}/lti/login`);
    expect(login.fields).toMatchObject({ iss: site.lmsUrl, target_link_uri: `${publicUrl}/lti/launch` });

    const answer = await site.ask(`${site.lmsUrl}/lti/authorize`, {
      form: authenticationRequest(login.fields, publicUrl),
    });
    const { action, fields } = readForm(answer.body);
    expect(action).toBe(`${publicUrl}/lti/launch`);
    expect(fields.state).toBe('state <"1">');
    const keySet = createLocalJWKSet(JSON.parse((await get('/lti/keys')).body) as JSONWebKeySet);
    const { payload } = await jwtVerify(fields.id_token!, keySet, { issuer: site.lmsUrl });
    expect(payload).toMatchObject({
      sub: 'person-ben',
      name: 'Ben Sample',
      [claim.roles]: [role.learner, role.student],
      [claim.context]: { id: 'course-1', label: 'BIO-1' },
      [claim.resourceLink]: { id: 'link-1', title: 'Quiz: parts of a cell' },
      [claim.custom]: { quiz: 'cell-parts' },
      [claim.grades]: { lineitem: `${site.lmsUrl}/lti/courses/biology/line-items/cell-quiz` },
      [claim.presentation]: { document_target: 'window' },
    });
  });

  it('launches a course-level link without custom parameters and without a line item', async () => {
    const payload = await launch('/people/ben/courses/biology/open/biology-home/launch');
    expect(payload).not.toHaveProperty([claim.custom]);
    expect(payload).not.toHaveProperty([claim.grades]);
    expect(payload[claim.presentation]).toMatchObject({ document_target: 'iframe' });
  });

  it('asks for content with a return address of its own, and with data that is easily broken', async () => {
    const payload = await launch('/people/ada/courses/biology/open/add-content/launch');
    expect(payload[claim.messageType]).toBe('LtiDeepLinkingRequest');
    const settings = payload[claim.deepLinkingSettings] as Record<string, unknown>;
    expect(settings).toMatchObject({
      accept_types: ['ltiResourceLink', 'link', 'html', 'image', 'file'],
      accept_multiple: true,
      data: expect.stringMatching(/"“quotes”, ümlauts, 細胞/),
    });
    expect(settings.deep_link_return_url).toMatch(
      /^http:\/\/lms\.localhost:\d+\/lti\/deep-link-return\?request=/,
    );
  });

  it('shows what a tool says when it sends a person back', async () => {
    const { body } = await get('/lti/return?person=ada&course=biology&lti_errormsg=It%20%3Cbroke%3E');
    expect(body).toContain('It &lt;broke&gt;');
  });

  it('refuses an unknown redirect_uri without sending anybody there', async () => {
    const request = { ...authenticationRequest({}, publicUrl), redirect_uri: 'https://elsewhere.example/' };
    const { status, body } = await get(`/lti/authorize?${new URLSearchParams(request)}`);
    expect(status).toBe(400);
    expect(body).not.toContain('elsewhere.example');
  });

  it.each([
    ['parent', '_parent'],
    ['frame', 'lti_storage_frame'],
    ['silent', '_parent'],
    ['absent', undefined],
    ['nonsense', '_parent'],
  ])('offers platform storage as chosen: %s', async (mode, target) => {
    const login = await new Visitor(site).login(
      `/people/ben/courses/biology/open/cell-quiz/launch?storage=${mode}`,
    );
    expect(login.lti_storage_target).toBe(target);
    const { body } = await get(`/people/ben/courses/biology/open/cell-quiz?storage=${mode}`);
    expect(body.includes('name="lti_storage_frame"')).toBe(mode === 'frame');
  });

  async function launch(path: string): Promise<Record<string, unknown>> {
    const { fields } = await new Visitor(site).launch(path, publicUrl);
    return readClaims(fields.id_token ?? '');
  }
});
