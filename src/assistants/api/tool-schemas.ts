import { z } from 'zod';
import { accountSid, dates, httpUrl, idOf, isStorableJson, line, prose, storable } from './fields.ts';
import { createPolicyRequest, policyResource } from './policy-schemas.ts';

/** `WEBHOOK` is Twilio's; an `MCP` tool stands for all tools of a server of the Model Context Protocol. */
const toolType = z.enum(['WEBHOOK', 'MCP'], 'must be WEBHOOK (or MCP)');

/** How a tool is called. What else is in it is kept and given back. */
const toolMeta = z
  .looseObject({
    url: httpUrl,
    method: z
      .string()
      .transform((text) => text.toUpperCase())
      .pipe(z.enum(['GET', 'POST'], 'must be GET or POST'))
      .meta({ enum: ['GET', 'POST'] })
      .default('POST'),
    /** The text of a TypeScript type: `{ city: string; days?: number }`. */
    input_schema: z
      .string()
      .max(20_000, 'must not be longer than 20000 characters')
      .overwrite(storable)
      .default('export type Data = {}'),
    final_response: z.boolean().optional().describe('What the tool answers goes to the customer as it is.'),
  })
  .refine((meta) => isStorableJson(meta), 'must not be nested deeply, nor hold NUL characters');

export const createToolRequest = z.object({
  name: line(256),
  type: toolType,
  enabled: z.boolean(),
  description: prose(4_096).default(''),
  meta: toolMeta,
  assistant_id: idOf('asst').optional(),
  policy: createPolicyRequest.optional(),
});
export type CreateToolRequest = z.infer<typeof createToolRequest>;

export const updateToolRequest = z.object({
  name: line(256).optional(),
  type: toolType.optional(),
  enabled: z.boolean().optional(),
  description: prose(4_096).optional(),
  meta: toolMeta.optional(),
  assistant_id: idOf('asst').optional(),
  policy: createPolicyRequest.nullish().describe('Null takes it away.'),
});
export type UpdateToolRequest = z.infer<typeof updateToolRequest>;

export const toolResource = z.strictObject({
  id: idOf('tool'),
  account_sid: accountSid,
  name: z.string(),
  description: z.string(),
  type: toolType,
  enabled: z.boolean(),
  requires_auth: z.boolean(),
  meta: z.looseObject({ url: z.string(), method: z.string(), input_schema: z.string() }),
  url: z.url(),
  ...dates,
});
export type ToolResource = z.infer<typeof toolResource>;

export const toolWithPolicies = toolResource.extend({ policies: z.array(policyResource) });
