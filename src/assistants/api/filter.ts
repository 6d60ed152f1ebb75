import { z } from 'zod';

/** An id in a query, by which a list is narrowed. */
export const idFilter = z
  .string('must be given once')
  .regex(/^[\w-]{1,128}$/, 'is no id')
  .optional();
