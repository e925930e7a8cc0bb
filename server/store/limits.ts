/** Limits on how often something may happen, per process and in memory. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { BridgeError } from '../lib/errors.js';

export interface Limit {
  /** Counts one. @throws BridgeError `rate_limited` with the seconds to wait */
  take(key: string): Promise<void>;
  /** @throws BridgeError `rate_limited` when the limit is reached, without counting */
  check(key: string): Promise<void>;
}

export function createLimit(perMinute: number): Limit {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  const refuse = (msBeforeNext: number) =>
    new BridgeError('rate_limited', { retryAfter: Math.max(1, Math.ceil(msBeforeNext / 1_000)) });
  return {
    async take(key) {
      try {
        await limiter.consume(key);
      } catch (reached) {
        if (reached instanceof RateLimiterRes) throw refuse(reached.msBeforeNext);
        throw reached;
      }
    },
    async check(key) {
      const used = await limiter.get(key);
      if (used && used.remainingPoints <= 0) throw refuse(used.msBeforeNext);
    },
  };
}
