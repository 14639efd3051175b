/** What a script can tell from how a command ended. */
export const exitCodes = {
  success: 0,
  /** The command was carried out and failed: a completion did not finish, an import was refused. */
  failure: 1,
  /** The command itself is wrong; help says what is right. */
  usage: 2,
  /** A setting or the configuration file is wrong. */
  configuration: 3,
  /** The running server, or the state folder, could not be used. */
  unavailable: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command with one line on standard error. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
