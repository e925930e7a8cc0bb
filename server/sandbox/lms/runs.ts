/**
 * What happens in a launch, noted as the LMS sees it go by: each launch page is a run, under an id that its frame, its
 * timeline and the answer to a deep-linking request share. In memory, a few hundred, an hour long.
 */
import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { BreakName } from './breaks.js';
import type { Judgement } from './deep-link/judge.js';
import type { StorageMode } from './storage-modes.js';

/** Which launch it is. */
export interface RunSubject {
  schoolId: string;
  person: string;
  course: string;
  activity: string;
  title: string;
  /** Of the tool; what was placed by one that is gone still has it. */
  clientId: string;
  /** Where the tool's application takes over. */
  redirectUri: string | undefined;
  isDeepLinking: boolean;
  breakName: BreakName | undefined;
  storage: StorageMode['name'];
}

export interface Run extends RunSubject {
  id: string;
  login?: { address: string; parameters: Record<string, string> };
  request?: { parameters: Record<string, string> };
  answer?: { address: string; fields: Record<string, string> };
  returned?: Judgement;
}

export class Runs {
  readonly #kept = new LRUCache<string, Run>({ max: 300, ttl: 3_600_000, updateAgeOnGet: true });
  readonly #byHint = new LRUCache<string, string>({ max: 1_000, ttl: 3_600_000 });

  start(subject: RunSubject): Run {
    const run = { ...subject, id: randomUUID() };
    this.#kept.set(run.id, run);
    return run;
  }

  find(id: string | undefined): Run | undefined {
    return id === undefined ? undefined : this.#kept.get(id);
  }

  /** A launch begins; one that began before in the same frame is forgotten. */
  noteLogin(run: Run, address: string, parameters: Record<string, string>): void {
    Object.assign(run, {
      login: { address, parameters },
      request: undefined,
      answer: undefined,
      returned: undefined,
    });
    this.#byHint.set(parameters.lti_message_hint ?? '', run.id);
  }

  /** @returns the run whose login this authentication request answers */
  noteRequest(parameters: Record<string, unknown>): Run | undefined {
    const hint = parameters.lti_message_hint;
    const run = typeof hint === 'string' ? this.find(this.#byHint.get(hint)) : undefined;
    if (run) run.request = { parameters: asTexts(parameters) };
    return run;
  }
}

/** A parameter that was sent twice comes as a list. */
function asTexts(parameters: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );
}
