/** /admin/api/keys: the key pairs the bridge signs with; public facts only. */
import type { Context } from 'koa';
import { z } from 'zod';
import { rotateKeys, type KeyNeeds } from '../lti/keys.js';
import type { Database } from '../store/database.js';
import type { SigningKey } from '../store/signing-keys.js';
import { readInput } from './input.js';

export interface KeyActionNeeds extends KeyNeeds {
  database: Pick<Database, 'exclusive'>;
}

const purposes = ['lti', 'oauth'] as const;
const rotation = z.strictObject({ purpose: z.enum(purposes) });

export function keyActions(needs: KeyActionNeeds) {
  const listAll = async () => {
    const keys = await Promise.all(purposes.map((purpose) => needs.signingKeys.list(purpose)));
    return { items: keys.flat().map(presentKey) };
  };
  return {
    async list(ctx: Context): Promise<void> {
      ctx.body = await listAll();
    },

    /** The next keys sign from now on; every process follows within five seconds, and nobody needs a restart. */
    async rotate(ctx: Context): Promise<void> {
      const { purpose } = readInput(rotation, ctx.request.body);
      await needs.database.exclusive(() => rotateKeys(needs, purpose));
      ctx.body = await listAll();
    },
  };
}

function presentKey(key: SigningKey) {
  return {
    id: key.id,
    purpose: key.purpose,
    alg: key.alg,
    state: key.state,
    created_at: new Date(key.createdAt).toISOString(),
    retires_at: key.retiresAt === null ? null : new Date(key.retiresAt).toISOString(),
  };
}
