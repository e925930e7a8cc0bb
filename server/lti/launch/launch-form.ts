/** What a platform posts to /lti/launch (OAuth 2.0 Form Post Response Mode 1.0): an id_token, or the reason for none. */
import { z } from 'zod';
import { BridgeError } from '../../lib/errors.js';

const launchForm = z.object({
  state: z.string().default(''),
  id_token: z.string().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
  /** From our own page: what it found in the browser's storages, empty when there was nothing. */
  proof: z.string().max(64).optional(),
});

export type LaunchForm = z.infer<typeof launchForm>;

/** @throws BridgeError when a field came twice or is no text */
export function readLaunchForm(input: unknown): LaunchForm {
  const parsed = launchForm.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]!.path.join('.');
  throw new BridgeError(field === 'state' ? 'launch_state_invalid' : 'launch_token_malformed', {
    field,
    detail: 'not one text',
  });
}

/**
 * The id_token of a form.
 * @throws BridgeError `launch_platform_error` with what the platform said, `launch_token_malformed` when nothing came
 */
export function idTokenOf(form: LaunchForm, isBound: boolean): string {
  if (form.error !== undefined) {
    const code = /^[\w.-]{1,64}$/.test(form.error) ? form.error : 'unreadable';
    const said = [code, form.error_description?.slice(0, 300)].filter(Boolean).join(': ');
    // Words are shown only in the browser that asked: anybody can post an error, with any words, from anywhere.
    throw new BridgeError('launch_platform_error', {
      detail: `the platform answered ${code}`,
      quote: isBound ? said : undefined,
    });
  }
  if (!form.id_token) throw new BridgeError('launch_token_malformed', { detail: 'no id_token came' });
  return form.id_token;
}
