import { UsageError } from './failure.ts';
import { readArgs } from './gateway.ts';

export const help = `Starts the gateway in this terminal. Ctrl-C ends it, after it has finished or handed back what is in hand.

  npx tandem start

Without TWILIO_AUTH_TOKEN it is in local mode: the carrier is simulated, and nothing leaves this machine. Its settings come
from the environment; all of them stand in config/tandem.env.example. Whatever is wrong is listed, all at once, before it starts.

Exit codes
  0  it was told to stop, and did
  1  it could not start; why, is told`;

/** The gateway takes over this process: there is no exit code before it ends. */
export async function run(args: string[]): Promise<undefined> {
  const { positionals } = readArgs(args, { help: { type: 'boolean', short: 'h' } });
  if (positionals.length > 0) throw new UsageError('start takes no arguments: its settings come from the environment.');
  await import('../main.ts');
}
