import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { Database } from '../../store/database.ts';
import type { Document } from './chunk-store.ts';
import { checkDatabase, type DatabaseParts } from './database/query-database.ts';
import type { Embedding } from './embedding.ts';
import type { Extract } from './extract/extractor.ts';
import { type Claim, findFile } from './ingestion-store.ts';
import type { IngestionLimits } from './limits.ts';
import { SourceProblem } from './source-problem.ts';
import { crawl } from './web/crawl.ts';

/** Documents, and lines about what was left out. */
export type Read = { documents: Document[]; left: string[] };
export type ReadSource = (claim: Claim, extract: Extract, signal: AbortSignal) => Promise<Read>;

const webDetails = z.object({ source: z.url({ protocol: /^https?$/ }), crawl_depth: z.int().min(0).max(3).default(1) });
const textDetails = z.object({ content: z.string() });

/** Reads a source of whatever type. What cannot be read is a SourceProblem. */
export function createReadSource(parts: {
  db: Database;
  dispatcher: Dispatcher;
  credentialsOf: DatabaseParts['credentialsOf'];
  limits: IngestionLimits;
  embedding?: Embedding;
  allowPrivate?: boolean;
}): ReadSource {
  const { limits } = parts;

  return async (claim, extract, signal) => {
    const read = await readAny(claim, extract, signal);
    const characters = read.documents.reduce((sum, { text }) => sum + text.length, 0);
    if (claim.type !== 'Database' && characters === 0) {
      throw new SourceProblem([NOTHING, ...read.left].join(' '));
    }
    return read;
  };

  function readAny(claim: Claim, extract: Extract, signal: AbortSignal): Promise<Read> {
    switch (claim.type) {
      case 'Text':
        return Promise.resolve({ documents: [{ text: textDetails.parse(claim.source_details).content }], left: [] });
      case 'Web':
        return readWeb(claim, extract, signal);
      case 'File':
        return readFile(claim, extract, signal);
      case 'Database':
        return readDatabase(claim, signal);
      default:
        throw new Error(`There is no type ${claim.type satisfies never}`);
    }
  }

  async function readWeb(claim: Claim, extract: Extract, signal: AbortSignal): Promise<Read> {
    const { source, crawl_depth } = webDetails.parse(claim.source_details);
    const url = new URL(source);
    const { headers } = await parts.credentialsOf(claim.id, signal);
    const headersFor = ({ origin }: URL) => (origin === url.origin ? headers : {});
    return crawl(url, crawl_depth, { ...limits, dispatcher: parts.dispatcher, headersFor, extract }, signal);
  }

  async function readFile(claim: Claim, extract: Extract, signal: AbortSignal): Promise<Read> {
    const file = await findFile(parts.db, claim.id);
    if (!file) throw new SourceProblem('The content of the file is not there. Upload it again.');
    const original = { bytes: file.content, contentType: file.mediaType, name: file.name };
    return fitting((await extract(original, signal)).documents);
  }

  /** Nothing is copied from it. It is asked once, so that what is wrong is known before a customer asks. */
  async function readDatabase(claim: Claim, signal: AbortSignal): Promise<Read> {
    await checkDatabase(claim, parts, signal);
    return { documents: [], left: [] };
  }

  function fitting(documents: Document[]): Read {
    let room = limits.characters;
    const fit = documents.filter(({ text }) => {
      room -= text.length;
      return room >= 0;
    });
    if (fit.length === documents.length) return { documents, left: [] };
    if (fit.length === 0) {
      throw new SourceProblem(
        `The file has more than ${limits.characters} characters of text. Split it into smaller ones.`,
      );
    }
    return {
      documents: fit,
      left: [`Only ${fit.length} of ${documents.length} pages were read: the rest is too much.`],
    };
  }
}

const NOTHING = 'There is no text in it, at least none that can be read without running scripts.';
