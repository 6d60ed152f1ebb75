import type { RequestHandler, Router } from 'express';

/** The simulator's control routes, behind the console's login. It builds the addresses of pictures from the host it is asked at. */
export function simulatorProxy({ app, url }: { app: Router; url: string }): RequestHandler {
  return (request, response, next) => {
    request.headers.host = new URL(url).host;
    request.url = `/simulator${request.url}`;
    app(request, response, next);
  };
}
