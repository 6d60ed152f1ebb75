import { Router } from 'express';
import swaggerUi from 'swagger-ui-express';
import { pageHeaders } from './page-headers.ts';

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
    pageHeaders({ styleSrc: ["'self'", "'unsafe-inline'"] }),
    swaggerUi.serve,
    swaggerUi.setup(undefined, { customSiteTitle: 'Tandem API', swaggerOptions: { url: '../openapi.json' } }),
  );
  return router;
}
