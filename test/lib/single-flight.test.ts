/** Many who want the same at the same time wait for one piece of work. */
import { expect, it } from '@jest/globals';
import { SingleFlight } from '../../server/lib/single-flight.js';

it('callers of one key share the work, its result and its failure', async () => {
  const flight = new SingleFlight<number>();
  let runs = 0;
  const work = async () => {
    await Promise.resolve();
    return (runs += 1);
  };
  expect(await Promise.all([flight.run('a', work), flight.run('a', work), flight.run('b', work)])).toEqual([
    1, 1, 2,
  ]);

  const failing = async () => {
    await Promise.resolve();
    runs += 1;
    throw new Error('broken');
  };
  const outcomes = await Promise.allSettled([flight.run('a', failing), flight.run('a', failing)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(runs).toBe(3);
});

it('whoever comes later starts anew, also after a failure', async () => {
  const flight = new SingleFlight<string>();
  await expect(flight.run('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await flight.run('a', async () => 'mended')).toBe('mended');
  expect(await flight.run('a', async () => 'again')).toBe('again');
});
