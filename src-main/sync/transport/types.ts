import type { FailureKind } from '#shared/sync/backoff.ts';
import type {
  ChosenScopes,
  CloudBuckets,
  CloudRowHashes,
  CloudRows,
  Cursors,
  Enrolment,
  KnownKeys,
  PullPage,
  PushReply,
  SnapshotBegin,
  SnapshotPage,
  StoreTotals,
} from '#shared/sync/protocol.ts';
import type { PieceAnswer } from '#shared/sync/bundle.ts';
import type { OperatorRole } from '#shared/contract/schemas.ts';
import type { Result } from '#shared/result.ts';

export type TransportFailure = {
  /**
   * `gap`: the cloud has not accepted the batch before this one; `epoch`: it was moved or restored; `forked`: it has other batches from this
   * device; `too-large`: a batch of this size is not taken.
   */
  readonly kind: FailureKind | 'code-refused' | 'sign-in-refused' | 'gap' | 'epoch' | 'too-large';
  /** The cloud's own words, for the log and the history; never shown as a headline. */
  readonly detail: string;
  readonly retryAfterMs?: number;
  /** With `gap` and `epoch`: the last batch that the cloud has from this device, and its epoch where it says so. */
  readonly cloud?: { readonly lastBatch: number; readonly epoch?: number };
};

export type PushRequest = {
  readonly batch: number;
  readonly epoch: number;
  readonly hash: string;
  /** A PushBody as JSON text. */
  readonly payload: string;
  /** Where this PC stands: a cloud that was set back and has gone on differently takes nothing that is based on what it lost. */
  readonly seen: Cursors;
};

/** A PC's key pair; the private key as base64url. */
export type KeyCredential = { readonly deviceId: string; readonly privateKey: string };

/** What the version before gave a PC at enrolment. `next` is the key pair it is moving to, written down before the cloud hears of it. */
export type PasswordCredential = { readonly email: string; readonly password: string; readonly next?: KeyCredential };

/** What the PC signs in with. */
export type Credential = KeyCredential | PasswordCredential;

/** A person who has signed in. */
export type Operator = { readonly email: string; readonly name: string; readonly role: OperatorRole };

export type PullRequest = {
  readonly cursors: Cursors;
  readonly maxRows: number;
  /** The newest shape that was told; the page tells the later ones. */
  readonly knownShape: number;
  /** The cloud's epoch as this PC knows it; 0 before it was told. */
  readonly cloudEpoch: number;
  /** The mark of the scopes it knows; empty before it was told. */
  readonly knownScopes: string;
};

/** Milliseconds by name of a row window: older rows are left out. */
export type Cutoffs = Readonly<Record<string, number>>;

export type SnapshotRequest = {
  readonly scope: string;
  readonly table: string;
  readonly after: string | null;
  readonly maxRows: number;
  readonly cutoff: number | null;
  /** What others inserted after this position is left out; null leaves nothing out. */
  readonly head: number | null;
};

type Compared = {
  readonly scopes: readonly string[];
  readonly cutoffs: Cutoffs;
  /** Compare values too, not only ids and versions. */
  readonly content: boolean;
};

export type VerifyRequest = Compared & {
  /** The columns that this version knows, by table. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** Null for all. */
  readonly buckets: readonly string[] | null;
};

export type VerifyRowsRequest = Compared & {
  readonly table: string;
  readonly columns: readonly string[];
  readonly buckets: readonly string[];
};

/** A span and the one to compare it with: milliseconds since 1970 UTC, ends not included. */
export type TotalsRequest = {
  readonly since: number;
  readonly until: number;
  readonly beforeSince: number;
  readonly beforeUntil: number;
};

/** A bundle's header as it was signed, and its piece number `index`. */
export type BundlePiece = {
  readonly header: string;
  readonly signature: string;
  readonly index: number;
  readonly piece: Uint8Array;
};

/** The way to the cloud. Every call ends: with an answer, a failure or its deadline. */
export interface Transport {
  push(
    request: PushRequest,
  ): Promise<Result<{ reply: PushReply; bytesUp: number; bytesRaw: number }, TransportFailure>>;
  pull(request: PullRequest): Promise<Result<{ page: PullPage; bytesDown: number }, TransportFailure>>;
  /** Where to begin with scopes that are read from nothing; those this PC may not read are left out. */
  snapshotBegin(scopes: readonly string[], cutoffs: Cutoffs): Promise<Result<SnapshotBegin, TransportFailure>>;
  /** One page of a table; null when this PC may not read the scope. */
  snapshot(
    request: SnapshotRequest,
  ): Promise<Result<{ page: SnapshotPage | null; bytesDown: number }, TransportFailure>>;
  /** Chooses scopes and row windows in days. */
  choose(
    scopes: readonly string[],
    windows: Readonly<Record<string, number | null>>,
  ): Promise<Result<ChosenScopes, TransportFailure>>;
  /** Which of these local transactions the cloud has, of those that stood on the disk of `deviceId` after its batch `batch`. */
  known(deviceId: string, batch: number, keys: readonly string[]): Promise<Result<KnownKeys, TransportFailure>>;
  /** The last batch that the cloud has from each of these devices of the store; without those that it does not know. */
  lastBatches(deviceIds: readonly string[]): Promise<Result<Record<string, number>, TransportFailure>>;
  /** Hashes of rows by bucket. */
  verify(request: VerifyRequest): Promise<Result<CloudBuckets, TransportFailure>>;
  /** Hashes of the single rows of some buckets of a table. */
  verifyRows(request: VerifyRowsRequest): Promise<Result<CloudRowHashes, TransportFailure>>;
  /** Rows as they are now. */
  rows(scopes: readonly string[], table: string, ids: readonly string[]): Promise<Result<CloudRows, TransportFailure>>;
  /** Sales of every store that this PC may read. */
  storeTotals(request: TotalsRequest): Promise<Result<StoreTotals, TransportFailure>>;
  /** Makes the holder of a key pair a PC. The same code with the same key gets the same answer again. */
  enrol(code: string, deviceName: string, publicKey: string): Promise<Result<Enrolment, TransportFailure>>;
  /** Makes the holder of a new key pair a PC beside this one, with the same rights; the same key gets the same answer again. */
  fork(publicKey: string): Promise<Result<Enrolment, TransportFailure>>;
  /**
   * Sets or replaces the sign-in; null signs out. `keep` writes down a better one that the PC has come to by itself, `learn` hears at each sign-in
   * which public key the cloud opens change bundles with (base64url).
   */
  useCredential(
    credential: Credential | null,
    keep: (credential: Credential) => void,
    learn?: (bundleKey: string) => void,
  ): void;
  /** Brings one piece of a change bundle to the cloud, of whichever PC it is. That needs no sign-in: the bundle is signed. */
  carry(piece: BundlePiece): Promise<Result<PieceAnswer, TransportFailure>>;
  /** Checks who a person is; the PC's own sign-in stays as it is. */
  signInOperator(email: string, password: string): Promise<Result<Operator, TransportFailure>>;
  /**
   * Hears when another one than `deviceId` has moved the feed of a scope that this PC pulls, or when a scope's channel has moved; returns the
   * function that ends it. Hints only: polling goes on. `onConnection` says whether hints of all its scopes can come.
   */
  listen(deviceId: string, onHead: () => void, onConnection: (connected: boolean) => void): () => void;
  /** Bytes a second that may be used at most; null: as many as there are. */
  limit(limits: { readonly up: number | null; readonly down: number | null }): void;
  close(): Promise<void>;
}
