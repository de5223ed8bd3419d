/** The promises that it breaks, one of which has to notice it, in a world of this seed. */
export type Seed = { readonly seed: number; readonly tier?: 'life'; readonly by: readonly string[] };
/** The test of the suite that fails by an expectation. */
export type NamedTest = { readonly test: string; readonly named: string };

export type Mutant = {
  readonly name: string;
  /** The file, from the project's folder. */
  readonly file: string;
  /** Must stand there exactly once: a mutant that no longer fits is an error, so that the list stays alive. */
  readonly find: string;
  readonly replace: string;
  /** What is known to notice it. */
  readonly caught: Seed | NamedTest;
};
