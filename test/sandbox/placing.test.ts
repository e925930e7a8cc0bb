/** What a tool answers ends in the course: its links as activities of their own, everything else as what it is. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { claim, role } from '../../server/sandbox/lms/vocabulary.js';
import { openPaths, startSandboxWithTool } from './support/sandbox-with-tool.js';
import { Visitor } from './support/visitor.js';

let world: Awaited<ReturnType<typeof startSandboxWithTool>>;
let ada: Visitor;
beforeAll(async () => {
  world = await startSandboxWithTool();
});
afterAll(() => world.close());
beforeEach(async () => {
  ada = new Visitor(world.site);
  await ada.get('/');
});

const link = {
  type: 'ltiResourceLink',
  url: 'https://tool.example/lti/launch?selection=1',
  title: 'Inside <i>a</i> cell',
  text: 'Ten parts.',
  thumbnail: { url: 'https://tool.example/cell.svg' },
  custom: { bridge_selection: '1', level: 'two' },
  lineItem: { scoreMaximum: 12, label: 'Cell', resourceId: 'cell' },
  available: { startDateTime: '2030-01-01T00:00:00Z' },
  submission: { endDateTime: '2030-02-01T12:00:00Z' },
};
const course = async (person = 'ada', slug = 'biology') =>
  (await ada.get(`/people/${person}/courses/${slug}`)).body;

describe('a link that was chosen', () => {
  it('becomes an activity that teacher and student see and open', async () => {
    const answer = await world.place(ada, [link]);
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('In the course now');
    expect(answer.body).toContain('Inside &lt;i&gt;a&lt;/i&gt; cell');
    for (const person of ['ada', 'ben']) {
      const page = await course(person);
      expect(page).toContain('Inside &lt;i&gt;a&lt;/i&gt; cell');
      expect(page).toContain('<img src="https://tool.example/cell.svg" alt=""');
      expect(page).toContain('12 points');
      expect(page).toContain('datetime="2030-02-01T12:00:00Z"');
    }

    const path = openPaths(await course('ben')).at(-1)!;
    const { login, claims } = await ada.launch(`${path}/launch`, world.tool.url);
    expect(login.target_link_uri).toBe(link.url);
    expect(claims).toMatchObject({
      [claim.messageType]: 'LtiResourceLinkRequest',
      [claim.targetLinkUri]: link.url,
      [claim.custom]: link.custom,
      [claim.roles]: expect.arrayContaining([role.learner]),
      [claim.resourceLink]: { id: expect.stringMatching(/^link-.{36}$/), title: link.title },
      [claim.grades]: { lineitem: expect.stringMatching(/\/lti\/courses\/biology\/line-items\/inside-/) },
    });
  });

  it('has no line item where none was sent, and the usual target where it has no address', async () => {
    await world.place(ada, [{ type: 'ltiResourceLink' }]);
    const path = openPaths(await course()).at(-1)!;
    const { claims } = await ada.launch(`${path}/launch`, world.tool.url);
    expect(claims).not.toHaveProperty([claim.grades]);
    expect(claims[claim.targetLinkUri]).toBe(`${world.tool.url}/lti/launch`);
  });

  it('is in the school of whoever chose it, and nobody else’s', async () => {
    await world.place(ada, [{ ...link, title: 'Only here' }]);
    expect(await course()).toContain('Only here');
    const other = await new Visitor(world.site).get('/people/ben/courses/biology');
    expect(other.body).not.toContain('Only here');
  });

  it('is seen in another browser that joins the school, and gone after a reset', async () => {
    await world.place(ada, [{ ...link, title: 'For both' }]);
    const joinPath = /\/join\/[\w-]{43}/.exec((await ada.get('/')).body)![0];
    const other = new Visitor(world.site);
    await other.get(joinPath);
    expect((await other.get('/people/ben/courses/biology')).body).toContain('For both');
    await ada.post('/reset');
    expect(await course()).not.toContain('For both');
    expect((await other.get('/people/ben/courses/biology')).body).not.toContain('For both');
  });
});

describe('other content', () => {
  it('is shown as what it is, and nothing of it runs', async () => {
    const html = '<script>alert(1)</script><b>Bold</b>';
    await world.place(ada, [
      { type: 'html', title: 'A paragraph', html },
      { type: 'link', title: 'A page', url: 'https://tool.example/page' },
      { type: 'file', title: 'A sheet', url: 'https://tool.example/a.pdf', mediaType: 'application/pdf' },
      { type: 'image', title: 'A picture', url: 'https://tool.example/a.png' },
    ]);
    const page = await course('ben');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&lt;b&gt;Bold&lt;/b&gt;');
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('href="https://tool.example/page"');
    expect(page).toContain('href="https://tool.example/a.pdf"');
    expect(page).toContain('<img class="picture" src="https://tool.example/a.png" alt="A picture"');
  });
});

describe('an answer that does not count', () => {
  it('is explained, and leaves the course as it was', async () => {
    const { status, body } = await world.place(ada, [link], { claims: { nonce: undefined } });
    expect(status).toBe(400);
    expect(body).toContain('This answer does not count');
    expect(body).toContain('<code>nonce</code> must be there');
    expect(openPaths(await course())).toHaveLength(3);
  });

  it('is one that calls another return address, has no JWT, or answers nothing', async () => {
    const { claims } = await ada.launch(
      '/people/ada/courses/biology/open/add-content/launch',
      world.tool.url,
    );
    const returnUrl: string = claims[claim.deepLinkingSettings].deep_link_return_url;
    const noJwt = await world.site.ask(returnUrl, { form: {} });
    expect(noJwt.body).toContain('the form needs one field JWT');
    const respelt = await world.site.ask(returnUrl.replace('%20', '+'), { form: { JWT: 'x' } });
    expect(respelt.body).toContain('must be called exactly as it was given');
    const unknown = await world.site.ask(`${world.site.lmsUrl}/lti/deep-link-return?request=1`, {
      form: { JWT: 'x' },
    });
    expect(unknown.status).toBe(400);
    expect(unknown.body).toContain('is not open here');
  });

  it('says "nothing chosen" when there is nothing in it', async () => {
    const { status, body } = await world.place(ada, []);
    expect(status).toBe(200);
    expect(body).toContain('Nothing was chosen');
  });

  it('is one that does not fit: a course holds 50 things', async () => {
    const many = Array.from({ length: 47 }, () => ({ type: 'link', url: 'https://tool.example/' }));
    expect((await world.place(ada, many, { course: 'history' })).status).toBe(200);
    const { status, body } = await world.place(ada, [link], { course: 'history' });
    expect(status).toBe(400);
    expect(body).toContain('it holds 50 things');
  });
});

describe('a copied course', () => {
  const copy = async (losses: Record<string, string>) => {
    await world.place(ada, [link]);
    const { status, headers } = await ada.post('/people/ada/courses/biology/copy', losses);
    expect(status).toBe(302);
    const page = (await ada.get(headers.location!)).body;
    const { claims } = await ada.launch(`${openPaths(page).at(-1)!}/launch`, world.tool.url);
    const before = await ada.launch(`${openPaths(await course()).at(-1)!}/launch`, world.tool.url);
    return { page, claims, before: before.claims };
  };

  it('has new ids for the course, its links and its line items, and keeps custom and address', async () => {
    const { page, claims, before } = await copy({});
    expect(page).toContain('Biology: the living cell (copy)');
    expect(claims[claim.context].id).not.toBe(before[claim.context].id);
    expect(claims[claim.resourceLink].id).not.toBe(before[claim.resourceLink].id);
    expect(claims[claim.grades].lineitem).not.toBe(before[claim.grades].lineitem);
    expect(claims[claim.custom]).toEqual(link.custom);
    expect(claims[claim.targetLinkUri]).toBe(link.url);
  });

  it('loses custom parameters, or the query of the address, where the LMS does', async () => {
    const withoutCustom = await copy({ drop_custom: 'on' });
    expect(withoutCustom.claims).not.toHaveProperty([claim.custom]);
    expect(withoutCustom.claims[claim.targetLinkUri]).toBe(link.url);
    expect(withoutCustom.page).toContain('the LMS lost the custom parameters');
    const withoutQuery = await copy({ drop_query: 'on' });
    expect(withoutQuery.claims[claim.custom]).toEqual(link.custom);
    expect(withoutQuery.claims[claim.targetLinkUri]).toBe('https://tool.example/lti/launch');
  });

  it('is made by teachers, from a page of the LMS, and not without end', async () => {
    expect((await ada.post('/people/ben/courses/biology/copy')).status).toBe(404);
    expect((await ada.post('/people/ada/courses/biology/copy', {}, 'https://elsewhere.example')).status).toBe(
      400,
    );
    expect((await ada.post('/reset', {}, 'https://elsewhere.example')).status).toBe(400);
    for (let count = 0; count < 4; count += 1) await ada.post('/people/ada/courses/biology/copy');
    expect((await ada.post('/people/ada/courses/biology/copy')).status).toBe(400);
    expect(await course()).toContain('all the courses it can have');
  });
});
