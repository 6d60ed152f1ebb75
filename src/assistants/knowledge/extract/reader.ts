import { SourceProblem } from '../source-problem.ts';
import { extract, type Original } from './extract.ts';

// What runs in the process of its own that `createExtractor` starts: one page or file after the other.
process.on('message', async (original: Original) => {
  try {
    process.send?.({ extracted: await extract(original) });
  } catch (error) {
    const problem = error instanceof SourceProblem ? error.message : undefined;
    process.send?.({ problem, cause: String(error) });
  }
});

process.send?.('ready');
