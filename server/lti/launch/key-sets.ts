/**
 * The key sets of platforms (1EdTech Security Framework 1.0 section 6.3): kept, so that a launch asks the platform
 * nothing; read again when a key is unknown, within a budget; good keys outlive an LMS that is down.
 */
import { importJWK, type CryptoKey } from 'jose';
import { z } from 'zod';
import type { Egress } from '../../lib/egress.js';
import { BridgeError } from '../../lib/errors.js';
import type { Logger } from '../../lib/logger.js';
import type { Metrics } from '../../lib/metrics.js';
import { SingleFlight } from '../../lib/single-flight.js';
import type { Platform } from '../../store/platforms.js';

export interface KeySetNeeds {
  egress: Egress;
  logger: Logger;
  metrics: Metrics;
  now: () => number;
}

type Jwk = z.infer<typeof jwkShape>;

const jwkShape = z.looseObject({
  kty: z.string(),
  kid: z.string().optional(),
  alg: z.string().optional(),
  use: z.string().optional(),
});
const keySetShape = z.object({ keys: z.array(z.unknown()).max(100) });

interface KeySet {
  keys: Map<string, Jwk>;
  imported: Map<string, Promise<CryptoKey>>;
  fetchedAt: number;
  freshUntil: number;
}

const minute = 60_000;
/** A key set is believed for what its Cache-Control says, between these bounds; Brightspace changes keys hourly. */
const freshAtLeast = 5 * minute;
const freshAtMost = 60 * minute;
/** How long keys stay good while the platform cannot be reached. */
const staleAtMost = 24 * 60 * minute;
const retryAfterFailure = 30_000;
/** Reads beyond the regular ones, per platform and minute: each unseen kid may cause one of them. */
const forcedPerMinute = 5;

export class KeySets {
  readonly #needs: KeySetNeeds;
  readonly #sets = new Map<string, KeySet>();
  readonly #failedAt = new Map<string, number>();
  readonly #flight = new SingleFlight<KeySet>();
  readonly #forced = new Map<string, { since: number; reads: Map<string, Promise<unknown>> }>();

  constructor(needs: KeySetNeeds) {
    this.#needs = needs;
  }

  /**
   * The key that a platform publishes under a kid, fit for an algorithm.
   * @throws BridgeError `launch_keyset_unavailable`, `launch_keyset_invalid`, `launch_kid_unknown`
   */
  async find(platform: Platform, kid: string, alg: string): Promise<CryptoKey> {
    let set = await this.#current(platform);
    if (!set.keys.has(kid)) {
      await this.#readAgain(platform, kid);
      set = this.#sets.get(platform.jwksUri) ?? set;
    }
    const jwk = set.keys.get(kid);
    if (!jwk) throw this.#notFound(platform.jwksUri);
    assertUsable(jwk, alg);
    const slot = `${alg} ${kid}`;
    let imported = set.imported.get(slot);
    if (!imported) {
      imported = importKey(jwk, alg);
      set.imported.set(slot, imported);
    }
    return imported;
  }

  #notFound(uri: string): BridgeError {
    // Kept keys are old news about a key that is not among them: it may have been published since.
    return this.#failedAt.has(uri)
      ? new BridgeError('launch_keyset_unavailable', {
          detail: 'the key is new, and the key set is not readable',
        })
      : new BridgeError('launch_kid_unknown', { detail: 'no key with the kid of the id_token is published' });
  }

  async #current(platform: Platform): Promise<KeySet> {
    const uri = platform.jwksUri;
    const kept = this.#sets.get(uri);
    const now = this.#needs.now();
    if (kept && now < kept.freshUntil) return kept;
    if (kept && now < kept.fetchedAt + staleAtMost) {
      const failedAt = this.#failedAt.get(uri);
      // Nobody waits for the renewal of keys that are still good.
      if (failedAt === undefined || now > failedAt + retryAfterFailure)
        this.#fetch(uri).catch(() => undefined);
      return kept;
    }
    return this.#fetch(uri);
  }

  #fetch(uri: string): Promise<KeySet> {
    return this.#flight.run(uri, async () => {
      const { metrics, logger, now } = this.#needs;
      try {
        const set = await this.#read(uri);
        this.#sets.set(uri, set);
        this.#failedAt.delete(uri);
        metrics.keySetFetches.inc({ outcome: 'ok' });
        return set;
      } catch (error) {
        this.#failedAt.set(uri, now());
        metrics.keySetFetches.inc({ outcome: 'failed' });
        const failure =
          error instanceof BridgeError && error.code === 'launch_keyset_invalid'
            ? error
            : new BridgeError('launch_keyset_unavailable', {
                detail: (error as BridgeError).detail,
                cause: error,
              });
        logger.warn('key set not read', { host: hostOf(uri), code: failure.code, detail: failure.detail });
        const kept = this.#sets.get(uri);
        if (kept && now() < kept.fetchedAt + staleAtMost) return kept;
        throw failure;
      }
    });
  }

  async #read(uri: string): Promise<KeySet> {
    const answer = await this.#needs.egress.send(uri, { headers: { accept: 'application/json' } });
    if (answer.status !== 200) {
      throw new BridgeError('launch_keyset_unavailable', { detail: `the key set answers ${answer.status}` });
    }
    const now = this.#needs.now();
    return {
      keys: parseKeySet(answer.body),
      imported: new Map(),
      fetchedAt: now,
      freshUntil: now + freshFor(answer.headers['cache-control']),
    };
  }

  /**
   * One forced read for each unseen kid, and few a minute: random kids must not turn us against the platform. Whoever
   * meets the same kid meanwhile waits for the same read, or all but the first would be sent away by a new key.
   */
  async #readAgain(platform: Platform, kid: string): Promise<void> {
    const now = this.#needs.now();
    let budget = this.#forced.get(platform.id);
    if (!budget || now - budget.since >= minute) {
      budget = { since: now, reads: new Map() };
      this.#forced.set(platform.id, budget);
    }
    if (!budget.reads.has(kid) && budget.reads.size < forcedPerMinute) {
      budget.reads.set(kid, this.#fetch(platform.jwksUri));
    }
    await budget.reads.get(kid);
  }
}

function parseKeySet(body: string): Map<string, Jwk> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (cause) {
    throw new BridgeError('launch_keyset_invalid', { detail: 'the key set is not JSON', cause });
  }
  const parsed = keySetShape.safeParse(json);
  if (!parsed.success)
    throw new BridgeError('launch_keyset_invalid', { detail: 'the key set has no list of at most 100 keys' });
  const keys = new Map<string, Jwk>();
  for (const candidate of parsed.data.keys) {
    const jwk = jwkShape.safeParse(candidate);
    // Keys without a kid, or for encryption, are others' business; of two with one kid the first counts.
    if (jwk.success && jwk.data.kid && (jwk.data.use ?? 'sig') === 'sig' && !keys.has(jwk.data.kid)) {
      keys.set(jwk.data.kid, jwk.data);
    }
  }
  return keys;
}

/** @throws BridgeError `launch_keyset_invalid` for secret, published private, or foreign keys */
function assertUsable(jwk: Jwk, alg: string): void {
  const wanted = alg.startsWith('ES') ? 'EC' : 'RSA';
  if (jwk.kty !== wanted) {
    // Anything may stand there, and what is said here goes to the log and into the database.
    const type = /^[A-Za-z]{1,8}$/.test(jwk.kty) ? `type ${jwk.kty}` : 'another type';
    throw unusable(`the published key is of ${type}, not ${wanted}`);
  }
  if (jwk.alg !== undefined && jwk.alg !== alg)
    throw unusable('the published key is meant for another algorithm');
  if ('d' in jwk) throw unusable('the private part of the key is published');
}

/** @throws BridgeError `launch_keyset_invalid` for keys that are broken or weak */
async function importKey(jwk: Jwk, alg: string): Promise<CryptoKey> {
  let key: CryptoKey;
  try {
    // Bytes are what it makes of secret keys, which are refused already.
    key = (await importJWK(jwk, alg)) as CryptoKey;
  } catch (cause) {
    throw new BridgeError('launch_keyset_invalid', { detail: 'the published key cannot be read', cause });
  }
  // Asked of the key and not of its text, where zeros in front make a modulus look longer than it is.
  const { modulusLength } = key.algorithm as { modulusLength?: number };
  if (modulusLength !== undefined && modulusLength < 2_048)
    throw unusable('the RSA key has less than 2048 bits');
  return key;
}

function unusable(detail: string): BridgeError {
  return new BridgeError('launch_keyset_invalid', { detail });
}

function freshFor(cacheControl: string | undefined): number {
  const seconds = Number(/max-age=(\d+)/.exec(cacheControl ?? '')?.[1] ?? 600);
  return Math.min(Math.max(seconds * 1_000, freshAtLeast), freshAtMost);
}

function hostOf(uri: string): string {
  return new URL(uri).hostname;
}
