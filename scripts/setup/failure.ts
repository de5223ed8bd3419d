/** A set-up that cannot go on by itself: what is missing, and the exact commands with which a person goes on. */
export class SetUpFailure extends Error {
  readonly commands: readonly string[];

  constructor(message: string, commands: readonly string[] = []) {
    super(message);
    this.name = 'SetUpFailure';
    this.commands = commands;
  }
}

/** The failure as a person reads it in a terminal. */
export function describeFailure(failure: SetUpFailure): string {
  if (failure.commands.length === 0) return failure.message;
  return `${failure.message}\n\nRun:\n\n${failure.commands.map((command) => `  ${command}`).join('\n')}\n\nand then the same command again.`;
}
