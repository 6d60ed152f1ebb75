/** A command: what its --help prints, and what it does. `run` answers the exit code. */
export type Command = { help: string; run(args: string[]): Promise<number | undefined> };

/** Every command with a line about it. Each is loaded when it is called. */
export const commands: Record<string, { summary: string; load: () => Promise<Command> }> = {
  start: { summary: 'start the gateway', load: () => import('./start.ts') },
  text: { summary: 'text it as if from a phone, and see the answer (local mode)', load: () => import('./text.ts') },
  threads: { summary: 'list threads', load: () => import('./threads.ts') },
  thread: { summary: 'show one thread; hand it to a human, or back', load: () => import('./thread.ts') },
  failures: { summary: 'list what needs a person, and why', load: () => import('./failures.ts') },
  retry: { summary: 'try failed turns and messages again', load: () => import('./retry.ts') },
  assistants: { summary: 'list assistants', load: () => import('./assistants.ts') },
  import: { summary: 'bring assistants in from a file or another server', load: () => import('./import.ts') },
  connect: { summary: 'point the webhooks of a Twilio account here, or back', load: () => import('./connect.ts') },
  erase: { summary: 'erase everything that is known of a customer', load: () => import('./erase.ts') },
  doctor: { summary: 'look for what is wrong with this installation', load: () => import('./doctor.ts') },
};
