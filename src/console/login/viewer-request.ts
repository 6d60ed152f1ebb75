import type { Request } from 'express';
import { TandemError } from '../../http/errors.ts';

/** What a viewer may narrow a list by. Searching texts or numbers would tell what is hidden in the answer. */
const HARMLESS = new Set([
  ...['after', 'assistant', 'assistantId', 'before', 'channel', 'cursor', 'handling', 'hours', 'kind', 'limit'],
  ...[
    'page',
    'Page',
    'PageSize',
    'PageToken',
    'range',
    'since',
    'state',
    'status',
    'until',
    'window',
    'thread',
    'threadKey',
  ],
]);
const TEXT_SEARCH = new Set(['q', 'text', 'search']);

/**
 * Makes a viewer's request one that the routes understand, or throws: it may only read, names threads as they were named
 * to it, and does not search for what it may not see.
 */
export function asViewerAsks(
  request: Request,
  allowed: { texts: boolean; reveal: (name: string) => string | undefined },
): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new TandemError('viewersOnlyRead');
  const [path = '', query = ''] = request.url.split('?');
  const revealed = (value: string): string => {
    const key = allowed.reveal(value);
    // The key itself would be a guess at a number.
    if (key === undefined && (value.includes(':') || /\d{7}/.test(value.replace(/-/g, '')))) {
      if (!isHarmless(value)) throw new TandemError('notFound');
    }
    return key ?? value;
  };
  const segments = path.split('/').map((segment) => encodeURIComponent(revealed(decoded(segment))));
  const parameters = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(query)) {
    const searchesText = TEXT_SEARCH.has(name) && allowed.texts && !/\d{3}/.test(value);
    if (value !== '' && !HARMLESS.has(name) && !searchesText) {
      throw new TandemError('viewersOnlyRead', `The parameter ${name} is not for viewers.`);
    }
    parameters.append(name, revealed(value));
  }
  const search = parameters.toString();
  request.url = segments.join('/') + (search === '' ? '' : `?${search}`);
  // A saved answer must not be compared with what an operator would get.
  delete request.headers['if-none-match'];
  delete request.headers['if-modified-since'];
}

/** Ids and times have digits and colons, too. */
function isHarmless(value: string): boolean {
  return (
    /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(value) ||
    /^(?:[A-Z]{2}[0-9a-f]{32}|(?:[a-z]+_){0,3}[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.test(value)
  );
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new TandemError('notFound');
  }
}
