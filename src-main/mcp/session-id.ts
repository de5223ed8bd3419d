import { z } from 'zod';
import type { Signer } from './keys.ts';

/** What a session of an older client needs to be taken up again after a restart. */
export type SessionFacts = {
  readonly protocolVersion: string;
  /** Whether the client can put a question to its user. */
  readonly canAsk: boolean;
  readonly clientName: string;
};

const carried = z.tuple([z.string(), z.string().max(40), z.boolean(), z.string().max(60)]);

/** Whose session it is: an id is good for one client and one service only. */
export type SessionOwner = { readonly tokenId: string; readonly service: string };

/** A session id that carries its facts, signed for its owner: a client of before a restart can go on with it. */
export function writeSessionId(signer: Signer, owner: SessionOwner, facts: SessionFacts, unique: string): string {
  const payload = Buffer.from(
    JSON.stringify([unique, facts.protocolVersion.slice(0, 40), facts.canAsk, facts.clientName.slice(0, 60)]),
  ).toString('base64url');
  return `${payload}.${signer.sign('session', signed(owner, payload))}`;
}

/** The facts of an id that was made here for this owner; null for any other text. */
export function readSessionId(signer: Signer, owner: SessionOwner, id: string): SessionFacts | null {
  const [payload, signature, ...more] = id.split('.');
  if (payload === undefined || signature === undefined || more.length > 0) return null;
  if (!signer.verify('session', signed(owner, payload), signature)) return null;
  const [, protocolVersion, canAsk, clientName] = carried.parse(
    JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')),
  );
  return { protocolVersion, canAsk, clientName };
}

const signed = (owner: SessionOwner, payload: string): string => `${owner.service}\n${owner.tokenId}\n${payload}`;

/** Whether a client with these capabilities can show its user a form. */
export function canAskUser(capabilities: unknown): boolean {
  const elicitation = asking.safeParse(capabilities).data?.elicitation;
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}
const asking = z.object({ elicitation: z.object({ form: z.unknown(), url: z.unknown() }).partial().optional() });
