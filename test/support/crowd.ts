/** Launches and exchanges in numbers, spread over several processes of the bridge. */
import type { SimulatedPlatform } from '../../server/sandbox/lms/platform.js';
import type { Answer, BridgeProcesses } from './processes.js';
import { startPlatform, type TestPlatform } from './platform.js';
import { redirectUri, resourceLaunch } from './world.js';

export interface Crowd {
  processes: BridgeProcesses;
  platform: TestPlatform;
  clientId: string;
  clientSecret: string;
}

export async function assembleCrowd(processes: BridgeProcesses): Promise<Crowd> {
  const platform = await startPlatform({ toolLaunchUrl: `${processes.url}/lti/launch` });
  const application = await operator(processes, 'applications', {
    name: 'Crowd',
    redirect_uris: [redirectUri],
  });
  await operator(processes, 'platforms', {
    application_id: application.id,
    name: 'Crowd',
    ...platform.registration(),
  });
  return { processes, platform, clientId: application.client_id, clientSecret: application.client_secret };
}

async function operator(processes: BridgeProcesses, path: string, json: object): Promise<any> {
  const answer = await processes.send(0, 'POST', `/admin/api/${path}`, {
    json,
    headers: { authorization: `Bearer ${processes.adminToken}` },
  });
  if (answer.status !== 201) throw new Error(`${path}: ${answer.text}`);
  return JSON.parse(answer.text);
}

/** What a browser would post to /lti/launch, with the cookies it would send. */
export interface ReadyLaunch {
  form: Record<string, string>;
  headers: Record<string, string>;
}

export async function prepareLaunch({ processes, platform }: Crowd, number: number): Promise<ReadyLaunch> {
  const lms: SimulatedPlatform = platform.platform;
  const person = { id: `user-${number % 500}`, name: `Person ${number % 500}` };
  const login = await processes.send(number % processes.count, 'POST', '/lti/login', {
    // A browser that was here before: it gets no page in between.
    headers: { cookie: 'lti_probe=1' },
    form: lms.startLogin(resourceLaunch({ person, resourceLink: { id: `link-${number % 7}` } })),
  });
  const request = Object.fromEntries(new URL(String(login.headers.location)).searchParams);
  const { fields } = await lms.authorize(request);
  const cookies = [login.headers['set-cookie'] ?? []].flat().map((line) => line.split(';')[0]);
  return { form: fields, headers: { cookie: cookies.join('; ') } };
}

export function postLaunch(
  { processes }: Crowd,
  index: number,
  { form, headers }: ReadyLaunch,
): Promise<Answer> {
  return processes.send(index, 'POST', '/lti/launch', { form, headers });
}

export function redeem(
  { processes, clientId, clientSecret }: Crowd,
  index: number,
  code: string,
): Promise<Answer> {
  return processes.send(index, 'POST', '/oauth/token', {
    form: {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      client_id: clientId,
      client_secret: clientSecret,
    },
  });
}

export function codeIn(answer: Answer): string {
  return new URL(String(answer.headers.location)).searchParams.get('code')!;
}

/** Runs `work` for 0 … count-1, at most `width` at a time, and gathers the results in order. */
export async function inParallel<T>(
  count: number,
  width: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) results[index] = await work(index);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}

/** The same to every process at once. */
export function everywhere<T>({ processes }: Crowd, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: processes.count }, (_, index) => work(index)));
}
