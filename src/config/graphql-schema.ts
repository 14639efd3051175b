import { z } from 'zod';

/** `graphql` in the configuration file: who may ask what at `/graphql`. */
export const graphqlSchema = z
  .strictObject({
    introspection: z
      .enum(['anyone', 'authenticated'])
      .optional()
      .describe(
        'authenticated: the schema is told to callers with a credential only, and no error suggests names. Default: anyone where the server listens on loopback and NODE_ENV is not production, else authenticated.',
      ),
    graphiql: z
      .boolean()
      .optional()
      .describe('Whether browsers are shown GraphiQL. Default: true where introspection is for anyone.'),
    paidFields: z.int().min(1).max(20).default(1).describe('How many `complete` one operation may hold. Default 1.'),
    allowedOrigins: z
      .array(z.string().refine(isOrigin, { error: 'must be an origin such as https://app.example.com' }))
      .max(100)
      .default([])
      .describe("Origins that browsers may open WebSockets from, beside this server's own address."),
    trustedDocuments: z
      .strictObject({
        path: z.string().min(1).describe('A folder of .graphql files, or a manifest in JSON.'),
        strict: z.boolean().default(true).describe('Whether no other document is accepted. Default true.'),
      })
      .optional()
      .describe('Documents that callers name by id: docs/graphql.md.'),
  })
  .prefault({});

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text;
}
