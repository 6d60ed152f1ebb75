import { Router } from 'express';
import helmet from 'helmet';
import swaggerUi from 'swagger-ui-express';

/** `/openapi.json` and, for people, `/docs`: everything on the page comes from here. */
export function docsRoutes(describe: () => object): Router {
  const router = Router();
  let description: object | undefined;
  router.get('/openapi.json', (_request, response) => {
    description ??= describe();
    response.json(description);
  });
  router.use(
    '/docs',
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'", "'unsafe-inline'"],
          imgSrc: ["'self'", 'data:'],
          connectSrc: ["'self'"],
          baseUri: ["'none'"],
          formAction: ["'none'"],
          frameAncestors: ["'none'"],
        },
      },
    }),
    swaggerUi.serve,
    swaggerUi.setup(undefined, { customSiteTitle: 'Tandem API', swaggerOptions: { url: '../openapi.json' } }),
  );
  return router;
}
