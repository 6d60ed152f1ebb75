import { type RequestHandler, Router } from 'express';

/** The carrier's stand-in: where it is, and as whom its files are read. */
export type SimulatorBehind = { app: Router; url: string; account: { username: string; password: string } };

/**
 * The simulator's control routes, and the files that were sent, behind the console's login. It builds the addresses of
 * pictures from the host that it is asked at.
 */
export function simulatorProxy({ app, url, account }: SimulatorBehind): Router {
  const router = Router();
  const pass: RequestHandler = (request, response, next) => {
    request.headers.host = new URL(url).host;
    app(request, response, next);
  };
  router.use('/simulator', (request, response, next) => {
    request.url = `/simulator${request.url}`;
    pass(request, response, next);
  });
  router.get('/carrier/*path', (request, response, next) => {
    request.url = request.url.slice('/carrier'.length);
    const { username, password } = account;
    request.headers.authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    // Whatever a customer sends is shown as a picture at most, and runs nothing.
    response.set({ 'Content-Security-Policy': "default-src 'none'; sandbox", 'X-Content-Type-Options': 'nosniff' });
    pass(request, response, next);
  });
  return router;
}
