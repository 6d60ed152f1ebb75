import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../failure.ts';

const settings = z.record(z.string(), z.string());
const replaced = z.object({
  accountSid: z.string(),
  resource: z.object({
    kind: z.enum(['number', 'messagingService', 'conversations', 'workspace', 'interactionWebhook']),
    sid: z.string(),
    name: z.string(),
  }),
  /** As it was before Tandem touched it for the first time, and as Tandem left it. */
  before: settings,
  after: settings,
});

/** What `connect` has replaced at one resource. */
export type Replaced = z.output<typeof replaced>;

/** What was replaced, in a file of the data folder. */
export function openMemory(dataDir: string) {
  const file = join(dataDir, 'connected.json');
  return {
    async read(): Promise<Replaced[]> {
      try {
        return z.array(replaced).parse(JSON.parse(await readFile(file, 'utf8')));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw new Failure(1, `${file} cannot be read: mend it or move it away, then try again.`);
      }
    },
    /** Whole or not at all. */
    async write(entries: Replaced[]): Promise<void> {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const draft = `${file}.${process.pid}`;
      await writeFile(draft, `${JSON.stringify(entries, null, 2)}\n`, { mode: 0o600 });
      await rename(draft, file);
    },
  };
}
