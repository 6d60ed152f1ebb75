import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Headers of a page on which nothing but our own files runs, is shown or is asked, except for what it says otherwise. */
export function pageHeaders(otherwise: Record<string, string[]>): RequestHandler {
  return helmet({
    // Whether the host speaks https alone is for whoever runs it to say.
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        ...otherwise,
      },
    },
  });
}
