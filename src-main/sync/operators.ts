/** The people who work at this PC. Their sign-in is apart from the PC's own: synchronisation needs nobody. */
import { appError, type AppError } from '#shared/contract/errors.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { readOperator, writeOperator } from '#main/store/operator.ts';
import type { Operator, Store } from '#main/store/types.ts';
import { appErrorOf } from './failures.ts';
import type { Transport } from './transport/types.ts';

export type Operators = {
  /** Signs a person in, in place of whoever was. Errors: sign-in-refused, offline and the cloud's other troubles. */
  signIn(email: string, password: string): Promise<Result<Operator, AppError>>;
  signOut(): void;
  current(): Operator | null;
};

export function createOperators(store: Store, transport: Transport | null): Operators {
  const keep = (operator: Operator | null): void =>
    store.apply({ tables: ['_sync'], origin: 'local' }, (db) => writeOperator(db, operator));
  return {
    async signIn(email, password) {
      if (!transport) return fail(appError('bad-input', 'No cloud is configured on this PC (SUPABASE_URL).'));
      const answer = await transport.signInOperator(email, password);
      if (!answer.ok) return fail(appErrorOf(answer.error));
      const operator = { ...answer.value, signedInAt: store.now() };
      keep(operator);
      return ok(operator);
    },
    signOut: () => keep(null),
    current: () => readOperator(store.read),
  };
}
