import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { deadline } from '../../../deadline.ts';
import { SourceProblem } from '../source-problem.ts';
import type { Extracted, Original } from './extract.ts';

export type { Extracted };
export type Extract = (original: Original, signal: AbortSignal) => Promise<Extracted>;

type Answer = { extracted?: Extracted; problem?: string; cause?: string };

const DAMAGED = 'It is damaged, or written in a way that we cannot read. Open it, save it anew, and give us that.';
const TOO_MUCH =
  'It takes too long, or too much memory, to make text of it. Split it into smaller parts, or save it in a simpler format.';

/**
 * Reads pages and files in a process of its own, one at a time. One that was made to hang its reader, or to fill the
 * memory, costs that process only; a thread that runs out of memory can take the whole gateway with it.
 */
export function createExtractor(limitMs: number, memoryMb = 512): { extract: Extract; close(): void } {
  let reader: ChildProcess | undefined;

  function end(): void {
    reader?.kill('SIGKILL');
    reader = undefined;
  }

  return {
    async extract(original, signal) {
      signal.throwIfAborted();
      try {
        reader ??= await startReader(memoryMb, signal);
        const time = deadline(limitMs, signal);
        const answered = nextMessage(reader, time.signal).finally(time.done);
        reader.send(original);
        const { extracted, problem, cause } = await answered;
        if (extracted) return extracted;
        throw new SourceProblem(problem ?? DAMAGED, { cause });
      } catch (error) {
        if (error instanceof SourceProblem && error.message !== TOO_MUCH) throw error;
        end();
        signal.throwIfAborted();
        throw error;
      }
    },
    close: end,
  };
}

async function startReader(memoryMb: number, signal: AbortSignal): Promise<ChildProcess> {
  const isSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(isSource ? './reader.ts' : './reader.js', import.meta.url));
  const tsx = isSource ? ['--import', createRequire(import.meta.url).resolve('tsx')] : [];
  const reader = fork(file, {
    execArgv: [`--max-old-space-size=${memoryMb}`, ...tsx],
    // It reads what strangers wrote, and needs none of our secrets for that.
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  await nextMessage(reader, signal);
  return reader;
}

function nextMessage(reader: ChildProcess, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      reader.off('message', onMessage).off('exit', onEnd).off('error', onEnd);
      signal.removeEventListener('abort', onEnd);
      finish();
    };
    const onMessage = (answer: unknown) => settle(() => resolve(answer as Answer));
    const onEnd = (cause: unknown) => settle(() => reject(new SourceProblem(TOO_MUCH, { cause })));
    reader.on('message', onMessage).on('exit', onEnd).on('error', onEnd);
    signal.addEventListener('abort', onEnd);
  });
}
