import type { Plugin } from 'graphql-yoga';

/**
 * Answers a POST of anything but JSON with 415.
 *
 * Forms and plain text are what a foreign page can post without asking first; Yoga would take them.
 */
export function useJsonOnly(): Plugin {
  return {
    onRequestParse({ request, endResponse, fetchAPI }) {
      if (request.method !== 'POST') return;
      const mediaType = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
      if (mediaType === 'application/json') return;
      endResponse(new fetchAPI.Response(null, { status: 415, statusText: 'Unsupported Media Type' }));
    },
  };
}
