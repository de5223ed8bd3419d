import { z } from 'zod';
import type { BundleStop } from '../sync/bundle.ts';
import type { ErrorCode } from './errors.ts';
import { instant } from './schemas.ts';

/** What a change bundle holds, as it was exported. */
export const bundleExport = z.strictObject({
  path: z.string(),
  batches: z.int(),
  operations: z.int(),
  bytes: z.int(),
  /**
   * Changes that stay out of it: stuck ones, those that wait for an update of the cloud, and what is more than one bundle carries (hundreds of
   * thousands): that goes into the next one, once the answer to this one was taken in.
   */
  left: z.int(),
});

export type BundleExport = z.infer<typeof bundleExport>;

/** What a file says of itself, and whether it is whole. */
export const bundleInspection = z.strictObject({
  /** `bundle`: changes for the cloud; `answer`: what the cloud said to them, for the PC that made the bundle. */
  kind: z.enum(['bundle', 'answer']),
  /** The PC whose changes it is about. */
  deviceName: z.string(),
  storeName: z.string(),
  /** That is this PC. */
  own: z.boolean(),
  batches: z.int(),
  operations: z.int(),
  bytes: z.int(),
  /** By that PC's clock; null for an answer. */
  createdAt: instant.nullable(),
  /** Everything in it was imported here before; once more does no harm. */
  importedBefore: z.boolean(),
});

export type BundleInspection = z.infer<typeof bundleInspection>;

export const bundleImport = z.strictObject({
  kind: z.enum(['bundle', 'answer']),
  deviceName: z.string(),
  batches: z.int(),
  /** Changes that were new: to the cloud, or, with an answer, confirmed on this PC now. */
  operations: z.int(),
  /** Changes that had come before by another way. */
  known: z.int(),
  /** Local transactions that the cloud refused, and those that wait behind one: they need a person on the PC they are from. */
  refused: z.int(),
  held: z.int(),
  /** Where the cloud's answer was written, to be taken back; null with an answer, and when the place cannot be written. */
  answerPath: z.string().nullable(),
});

export type BundleImport = z.infer<typeof bundleImport>;

/** One line of the history of bundles on this PC. */
export const bundleRun = z.strictObject({
  id: z.int(),
  at: instant,
  /** `export` made here, `import` carried to the cloud from here, `answer` taken in here. */
  kind: z.enum(['export', 'import', 'answer']),
  file: z.string(),
  deviceName: z.string(),
  batches: z.int(),
  operations: z.int(),
  refused: z.int(),
  /** `running` also after a power cut in the middle; `partly`: some of it arrived, import it again. */
  outcome: z.enum(['running', 'done', 'partly', 'failed']),
  error: z.string().nullable(),
  /** Whether everything in an export is confirmed by the cloud meanwhile, by whatever way; null for the others. */
  confirmed: z.boolean().nullable(),
});
export type BundleRun = z.infer<typeof bundleRun>;

/** What a person reads when the cloud takes no more of a bundle. */
export const stopCodes: Readonly<Record<BundleStop, ErrorCode>> = {
  'unknown-device': 'bundle-unknown',
  'bad-signature': 'bundle-unknown',
  'unknown-key': 'bundle-unknown',
  damaged: 'bundle-damaged',
  revoked: 'bundle-revoked',
  epoch: 'bundle-epoch',
  gap: 'bundle-gap',
  forked: 'bundle-forked',
  'too-large': 'bundle-too-large',
  busy: 'cloud-busy',
};
