/**
 * Rows that every launch needs and that hardly ever change (applications, platforms, deployments, keys), kept for five
 * seconds: that is how far this process may be behind a change made by another one. Changes of this process clear it.
 */
import { LRUCache } from 'lru-cache';
import { SingleFlight } from '../lib/single-flight.js';

export const cacheSeconds = 5;

export class ReadCache<T extends object> {
  readonly #kept = new LRUCache<string, T>({ max: 5_000, ttl: cacheSeconds * 1_000 });
  readonly #flight = new SingleFlight<T | undefined>();

  /**
   * The kept row, else what `read` finds. What is not found, or an empty list, is not kept: strangers could fill the cache
   * with it, and whoever waits for it to appear should see it at once.
   */
  async get(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    const kept = this.#kept.get(key);
    if (kept) return kept;
    return this.#flight.run(key, async () => {
      const found = await read();
      if (found && !(Array.isArray(found) && found.length === 0)) this.#kept.set(key, found);
      return found;
    });
  }

  clear(): void {
    this.#kept.clear();
  }
}
