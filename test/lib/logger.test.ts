/** What may be said in the log is a closed list, and each event is one line. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, errorFields, type LogFields, type LogLevel } from '../../server/lib/logger.js';

let lines: string[];
beforeEach(() => {
  lines = [];
});
const logger = (level: LogLevel = 'debug') => createLogger(level, { write: (line) => lines.push(line) });
const logged = () => lines.map((line) => JSON.parse(line));

describe('a line of the log', () => {
  it('is JSON with its time, level, event and fields', () => {
    logger().info('launch accepted', { launch_id: 'l', count: 2, status: 303 });
    expect(logged()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        event: 'launch accepted',
        launch_id: 'l',
        count: 2,
        status: 303,
      },
    ]);
  });

  it('has none of the fields that are not on the list', () => {
    const fields = {
      id_token: 'eyJ',
      email: 'a@b.example',
      password: 'x',
      __proto__: { code: 'x' },
      code: 'known',
    };
    logger().warn('refused', fields as LogFields);
    expect(lines.join('')).not.toMatch(/eyJ|a@b|password/);
    expect(logged()[0]).toMatchObject({ code: 'known' });
  });

  it('has texts and numbers only, and no text without end', () => {
    const fields = { code: { secret: 1 }, detail: 'x'.repeat(5_000), field: ['a'], status: undefined };
    logger().error('failed', fields as unknown as LogFields);
    expect(logged()[0]).not.toHaveProperty('code');
    expect(logged()[0]).not.toHaveProperty('field');
    expect(logged()[0].detail).toHaveLength(2_000);
  });

  it('cannot be split by what stands in it', () => {
    logger().info('refused', { detail: 'a\n{"event":"launch accepted"}\r\u2028\u0000\u001b[31m' });
    expect(lines).toHaveLength(1);
    expect(lines[0]!.trimEnd()).not.toMatch(/[\n\r\u0000\u001b]/);
  });

  it('is written from its level on', () => {
    for (const level of ['debug', 'info', 'warn', 'error', 'silent'] as const) {
      const log = logger(level);
      for (const say of [log.debug, log.info, log.warn, log.error]) say(level);
    }
    expect(
      logged()
        .map(({ event }) => event)
        .sort(),
    ).toEqual(
      [...Array(4).fill('debug'), ...Array(3).fill('info'), ...Array(2).fill('warn'), 'error'].sort(),
    );
  });
});

describe('a foreign error', () => {
  it('tells its kind, its code and where it was thrown, not its words', () => {
    const error = Object.assign(new TypeError('insert into people values (ada@school.example)'), {
      code: 'E1',
    });
    const fields = errorFields(error);
    expect(fields).toMatchObject({ error_name: 'TypeError', error_code: 'E1' });
    expect(fields.stack).toMatch(/^ {4}at /);
    expect(JSON.stringify(fields)).not.toContain('ada@');
  });

  it.each(['text', undefined, null, 5, { message: 'x' }])('that is none (%j) tells its type', (thrown) => {
    expect(errorFields(thrown)).toEqual({ error_name: typeof thrown });
  });

  it('whose code is no text has none', () => {
    expect(errorFields(Object.assign(new Error('x'), { code: 5 })).error_code).toBeUndefined();
  });
});
