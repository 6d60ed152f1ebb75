import express, { type Request, type Response, type Router } from 'express';
import { errorBody, TandemError } from '../../http/errors.ts';
import { parse } from './parse.ts';
import { type ApiParts, accountOf, jsonBody, methodNotAllowed, pathPart } from './request.ts';
import { sendMessageRequest } from './schemas.ts';

const MESSAGE_LIMIT = 64 * 1024;
/** Proxies take a connection down on which nothing is said for a minute. */
const KEEP_ALIVE = 15_000;

/** Hears an answer as it comes, and may leave. */
type Listener = { onText: (piece: string) => void; onRestart: () => void; signal: AbortSignal };

export function messageRoutes({
  sendMessage,
  sendLater,
  log,
}: Pick<ApiParts, 'sendMessage' | 'sendLater' | 'log'>): Router {
  const router = express.Router({ caseSensitive: true });

  router
    .route('/v1/Assistants/:id/Messages')
    .post(jsonBody(MESSAGE_LIMIT), async (request, response) => {
      const message = parse(sendMessageRequest, request.body);
      const { webhook } = message;
      const accountSid = accountOf(response);
      const id = pathPart(request, 'id');
      const key = request.get('idempotency-key');
      if (webhook !== undefined) {
        response.status(202).json(await sendLater(accountSid, id, { ...message, webhook }, key));
      } else if (request.accepts(['json', 'text/event-stream']) === 'text/event-stream') {
        await stream(request, response, (listener) =>
          sendMessage(accountSid, id, message, { idempotencyKey: key, ...listener }),
        );
      } else {
        response.json(await sendMessage(accountSid, id, message, { idempotencyKey: key }));
      }
    })
    .all(methodNotAllowed);

  /**
   * Tells an answer as it comes: `delta` events with pieces of the text, `restart` if those so far are void, then one
   * `message` event with the whole answer, which alone counts. What fails before anything was told is an ordinary error answer, and an `error` event after.
   */
  async function stream(
    request: Request,
    response: Response,
    ask: (listener: Listener) => Promise<{ body?: string }>,
  ): Promise<void> {
    const leaving = new AbortController();
    response.on('close', () => leaving.abort());
    const tell = (text: string) => {
      if (!response.headersSent) {
        response.set({
          'Content-Type': 'text/event-stream; charset=utf-8',
          'Cache-Control': 'no-store',
          // nginx would collect the whole answer first
          'X-Accel-Buffering': 'no',
        });
      }
      response.write(text);
    };
    const event = (name: string, data: object) => tell(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    const keepAlive = setInterval(() => tell(': still thinking\n\n'), KEEP_ALIVE);
    try {
      let told = false;
      const answer = await ask({
        onText(text) {
          told = true;
          event('delta', { text });
        },
        onRestart() {
          if (told) event('restart', {});
          told = false;
        },
        signal: leaving.signal,
      });
      if (!told && answer.body) event('delta', { text: answer.body });
      event('message', answer);
      response.end();
    } catch (error) {
      if (leaving.signal.aborted) return;
      if (!response.headersSent) throw error;
      const known = error instanceof TandemError ? error : new TandemError('internal', undefined, { cause: error });
      if (known.status >= 500) log.error({ method: request.method, path: request.path, err: error }, 'http.failed');
      event('error', errorBody(known));
      response.end();
    } finally {
      clearInterval(keepAlive);
    }
  }

  return router;
}
