import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { type RequestHandler, Router } from 'express';
import { pageHeaders } from '../http/page-headers.ts';

/** Its page asks a host for fonts, in vain, and writes its colours into its elements. */
const headers = pageHeaders({
  styleSrc: ["'self'", "'unsafe-inline'"],
  fontSrc: ["'self'"],
  baseUri: ["'self'"],
});

/** Bull Board, at `/console/queues`: the raw queue, for operators alone, since its pages cannot be masked. */
export function queuePages(queues: object[], operatorsOnly: RequestHandler): Router {
  const board = new ExpressAdapter();
  board.setBasePath('/console/queues');
  // The two backends’ queues have no type in common; the board asks of both the same.
  type BoardQueue = ConstructorParameters<typeof BullMQAdapter>[0];
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue as BoardQueue)),
    serverAdapter: board,
    options: { uiConfig: { boardTitle: 'Tandem queues' } },
  });
  return Router().use(operatorsOnly, headers, board.getRouter());
}
