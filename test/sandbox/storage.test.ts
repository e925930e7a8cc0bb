/** LTI platform storage as the sandbox LMS answers it (1EdTech lti-cs-pm and lti-pm-s). */
import { describe, expect, it } from '@jest/globals';

type Answer = (data: unknown, origin: string) => Record<string, any> | undefined;

// A script of browsers, without types of its own.
const script = '../../public/sandbox-storage.js';
const { createStorage } = (await import(script)) as {
  createStorage(mode: string, frameName: string): Answer;
};

const tool = 'https://tool.example';
const put = (key: string, value: unknown) => ({ subject: 'lti.put_data', message_id: 'm', key, value });
const get = (key: string) => ({ subject: 'lti.get_data', message_id: 'm', key });

describe('the course page', () => {
  it('keeps a value for the origin that brought it, and for no other', () => {
    const answer = createStorage('parent', 'frame');
    expect(answer(put('state_1', 'secret'), tool)).toEqual({
      subject: 'lti.put_data.response',
      message_id: 'm',
      key: 'state_1',
      value: 'secret',
    });
    expect(answer(get('state_1'), tool)).toMatchObject({ value: 'secret' });
    expect(answer(get('state_1'), 'https://other.example')).toMatchObject({ value: null });
    expect(answer(get('state_2'), tool)).toMatchObject({ key: 'state_2', value: null });
  });

  it('forgets a value that is taken back', () => {
    const answer = createStorage('parent', 'frame');
    answer(put('a', '1'), tool);
    expect(answer(put('a', null), tool)).toMatchObject({ value: null });
    expect(answer(get('a'), tool)).toMatchObject({ value: null });
    answer(put('a', '1'), tool);
    answer({ subject: 'lti.put_data', message_id: 'm', key: 'a' }, tool);
    expect(answer(get('a'), tool)).toMatchObject({ value: null });
  });

  it('says what it can do', () => {
    const subjects = ['lti.capabilities', 'lti.put_data', 'lti.get_data'];
    expect(createStorage('parent', 'frame')({ subject: 'lti.capabilities', message_id: 'm' }, tool)).toEqual({
      subject: 'lti.capabilities.response',
      message_id: 'm',
      supported_messages: subjects.map((subject) => ({ subject })),
    });
  });

  it.each<[string, object, string]>([
    ['no key', { subject: 'lti.get_data', message_id: 'm' }, 'bad_request'],
    ['an empty key', get(''), 'bad_request'],
    ['a value that is no text', put('a', 5), 'bad_request'],
    ['no message_id', { subject: 'lti.get_data', key: 'a' }, 'bad_request'],
    ['another subject', { subject: 'lti.frameResize', message_id: 'm' }, 'unsupported_subject'],
    ['a value that is too long', put('a', 'x'.repeat(4_096)), 'storage_exhaustion'],
    ['a value with too many bytes', put('a', 'ü'.repeat(2_048)), 'storage_exhaustion'],
  ])('refuses %s', (_, message, code) => {
    expect(createStorage('parent', 'frame')(message, tool)).toMatchObject({ error: { code } });
  });

  it('keeps 500 values an origin, and changes those it has', () => {
    const answer = createStorage('parent', 'frame');
    for (let index = 0; index < 500; index += 1) answer(put(`key-${index}`, 'x'), tool);
    expect(answer(put('one-more', 'x'), tool)).toMatchObject({ error: { code: 'storage_exhaustion' } });
    expect(answer(put('key-7', 'y'), tool)).toMatchObject({ value: 'y' });
    expect(answer(put('one-more', 'x'), 'https://other.example')).toMatchObject({ value: 'x' });
  });

  it.each([undefined, null, 'text', {}, { subject: 'other' }, { subject: 'lti.get_data.response' }])(
    'has nothing to say to %j',
    (message) => expect(createStorage('parent', 'frame')(message, tool)).toBeUndefined(),
  );
});

describe('the other ways', () => {
  it('names the frame that keeps values, and keeps none itself', () => {
    const answer = createStorage('frame', 'lti_storage_frame');
    const said = answer({ subject: 'lti.capabilities', message_id: 'm' }, tool);
    expect(said?.supported_messages).toContainEqual({ subject: 'lti.put_data', frame: 'lti_storage_frame' });
    expect(answer(put('a', '1'), tool)).toMatchObject({ error: { code: 'bad_request' } });
    expect(createStorage('keeper', 'lti_storage_frame')(put('a', '1'), tool)).toMatchObject({ value: '1' });
  });

  it('promises and does not answer when silent, and says nothing at all when absent', () => {
    const silent = createStorage('silent', 'frame');
    expect(silent({ subject: 'lti.capabilities', message_id: 'm' }, tool)?.supported_messages).toHaveLength(
      3,
    );
    expect(silent(put('a', '1'), tool)).toBeUndefined();
    const absent = createStorage('absent', 'frame');
    expect(absent({ subject: 'lti.capabilities', message_id: 'm' }, tool)).toBeUndefined();
    expect(absent(get('a'), tool)).toBeUndefined();
  });
});
