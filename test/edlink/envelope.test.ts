/** Edlink's envelope, and the codes of our catalogue in its words. */
import { describe, expect, it } from '@jest/globals';
import { failure, success } from '../../server/edlink/envelope.js';
import { BridgeError, catalogue, type ErrorCode } from '../../server/lib/errors.js';

/** Every code of Edlink's documentation that this bridge may use. */
const known = [
  'UNKNOWN',
  'INTERNAL',
  'INVALID_TOKEN',
  'EXPIRED_TOKEN',
  'INVALID_INTEGRATION_STATE',
  'UNSUPPORTED_OPERATION',
  'NOT_FOUND',
  'NO_PERMISSION',
  'INVALID_REQUEST_BODY',
];

describe('the envelope', () => {
  it('holds data and the id of the request', () => {
    expect(success({ id: '1' }, 'r-1')).toEqual({ $data: { id: '1' }, $request: 'r-1' });
    expect(success([], 'r-1')).toEqual({ $data: [], $request: 'r-1' });
  });

  it.each(Object.keys(catalogue) as ErrorCode[])("says %s by a code of Edlink's and a sentence", (code) => {
    const said = failure(new BridgeError(code, { detail: 'secret detail', field: 'a-field' }), 'r-1');
    expect(said).toEqual({
      $errors: [{ code: expect.any(String), message: expect.stringMatching(/\.$/) }],
      $request: 'r-1',
    });
    expect(known).toContain(said.$errors[0]!.code);
    expect(JSON.stringify(said)).not.toContain('secret detail');
  });

  it("says what Edlink's clients look for in its very words", () => {
    const message = (code: ErrorCode) => failure(new BridgeError(code), 'r-1').$errors[0];
    expect(message('unauthorized')).toEqual({
      code: 'INVALID_TOKEN',
      message: 'You must supply a valid access token to access this endpoint.',
    });
    expect(message('token_expired')).toMatchObject({ code: 'EXPIRED_TOKEN' });
    expect(message('not_found')).toMatchObject({ code: 'NOT_FOUND' });
    expect(message('internal_error')).toMatchObject({ code: 'INTERNAL' });
  });
});
