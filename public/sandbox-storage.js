/**
 * The LMS's side of LTI platform storage (1EdTech lti-cs-pm and lti-pm-s): what a page of an LMS answers to a tool in one
 * of its frames. Values are kept for the origin that brought them, and told to nobody else.
 */
const valueBytes = 4096;
const keysAtMost = 500;
const prefix = 'lti.';

/**
 * @param mode `parent`: this page keeps values; `frame`: the frame with that name does, and says so here; `keeper`: this
 *   is that frame; `silent`: values are promised and never kept; `absent`: there is no storage
 * @param frameName the name of the frame that keeps values
 * @returns what answers a message: the reply, or undefined where there is none
 */
export function createStorage(mode, frameName) {
  const values = new Map();

  return function answer(data, origin) {
    const { subject, message_id } = data ?? {};
    if (typeof subject !== 'string' || !subject.startsWith(prefix)) return undefined;
    if (mode === 'absent' || subject.endsWith('.response')) return undefined;
    const say = (content) => ({ subject: `${subject}.response`, message_id, ...content });
    const refuse = (code, message) => say({ key: data.key, error: { code, message } });

    if (typeof message_id !== 'string' || message_id === '') return refuse('bad_request', 'message_id must be a text');
    if (subject === 'lti.capabilities') return say({ supported_messages: capabilities(mode, frameName) });
    if (mode === 'silent') return undefined;
    if (subject !== 'lti.put_data' && subject !== 'lti.get_data')
      return refuse('unsupported_subject', `${subject} is not known here`);
    if (mode === 'frame') return refuse('bad_request', `values are kept by the frame ${frameName}`);
    if (typeof data.key !== 'string' || data.key === '') return refuse('bad_request', 'key must be a text');

    const own = values.get(origin) ?? new Map();
    if (subject === 'lti.get_data') return say({ key: data.key, value: own.get(data.key) ?? null });
    return put(own, data.value);

    function put(kept, value) {
      const { key } = data;
      if (value === undefined || value === null) {
        kept.delete(key);
        return say({ key, value: null });
      }
      if (typeof value !== 'string') return refuse('bad_request', 'value must be a text');
      if (new globalThis.TextEncoder().encode(key + value).length > valueBytes)
        return refuse('storage_exhaustion', `key and value may have ${valueBytes} bytes`);
      if (!kept.has(key) && kept.size >= keysAtMost)
        return refuse('storage_exhaustion', `there may be ${keysAtMost} keys`);
      kept.set(key, value);
      values.set(origin, kept);
      return say({ key, value });
    }
  };
}

function capabilities(mode, frameName) {
  const frame = mode === 'frame' || mode === 'keeper' ? { frame: frameName } : {};
  return [{ subject: 'lti.capabilities' }, { subject: 'lti.put_data', ...frame }, { subject: 'lti.get_data', ...frame }];
}
