/** /api/v2/my/profile: the person behind the access token. */
import type { Context } from 'koa';
import { success } from '../../edlink/envelope.js';
import { presentPerson } from '../../edlink/roster.js';
import { requestState } from '../../http/request-state.js';
import { callerOf } from '../../oauth/authenticate.js';

export async function profile(ctx: Context): Promise<void> {
  ctx.body = success(presentPerson(callerOf(ctx).launch.person), requestState(ctx).id);
}
