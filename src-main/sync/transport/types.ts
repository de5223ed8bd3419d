import type { FailureKind } from '#shared/sync/backoff.ts';
import type { CloudChecksums, Enrolment, PullPage, PushReply } from '#shared/sync/protocol.ts';
import type { Result } from '#shared/result.ts';

export type TransportFailure = {
  /** `gap`: the cloud has not accepted the batch before this one. */
  readonly kind: FailureKind | 'code-refused' | 'gap';
  /** The cloud's own words, for the log and the history; never shown as a headline. */
  readonly detail: string;
  readonly retryAfterMs?: number;
};

export type PushRequest = {
  readonly batch: number;
  readonly epoch: number;
  readonly hash: string;
  /** A PushBody as JSON text. */
  readonly payload: string;
};

/** What the PC signs in with; given at enrolment. */
export type Credential = { readonly email: string; readonly password: string };

/** The way to the cloud. Every call ends: with an answer, a failure or its deadline. */
export interface Transport {
  push(
    request: PushRequest,
  ): Promise<Result<{ reply: PushReply; bytesUp: number; bytesRaw: number }, TransportFailure>>;
  pull(
    cursors: Readonly<Record<string, number>>,
    maxRows: number,
  ): Promise<Result<{ page: PullPage; bytesDown: number }, TransportFailure>>;
  /** The answer another PC of this store got to a batch; null when it was never accepted. */
  receipt(deviceId: string, batch: number, hash: string): Promise<Result<PushReply | null, TransportFailure>>;
  checksums(): Promise<Result<CloudChecksums, TransportFailure>>;
  enrol(code: string, deviceName: string): Promise<Result<Enrolment, TransportFailure>>;
  /** Sets or replaces the sign-in; null signs out. */
  useCredential(credential: Credential | null): void;
  /** Hears when another one than `deviceId` has moved a scope's feed; returns the function that ends it. Hints only: polling goes on. */
  listen(scopes: readonly string[], deviceId: string, onHead: () => void): () => void;
  close(): Promise<void>;
}
