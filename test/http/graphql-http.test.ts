import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenedServer, openServer } from './open-server.ts';

let opened: OpenedServer;
beforeAll(async () => {
  opened = await openServer();
});
afterAll(() => opened.close());

describe('follows the GraphQL over HTTP specification', () => {
  for (const audit of serverAudits({ url: () => `${opened.server.url}/graphql`, fetchFn: fetch })) {
    test(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      if (result.status === 'ok') return;
      expect(result.status, 'reason' in result ? result.reason : '').toBe('ok');
    });
  }
});
