import type { Governance } from '../src/graphql/context.ts';
import { findRequest } from '../src/graphql/request-facts.ts';
import type { FetchClasses } from '../src/http/fetch-carrier.ts';
import type { Part } from './part.ts';

/** What Yoga tells of a request before it is one of GraphQL. */
export interface RequestEvent {
  readonly request: Request;
  readonly url: URL;
  readonly fetchAPI: FetchClasses;
  readonly serverContext?: object;
  endResponse(response: Response): void;
}

/** The first part that answers a request does so; what it is asked by is read as in GraphQL. */
export async function answerHttp(
  { request, url, fetchAPI, serverContext, endResponse }: RequestEvent,
  parts: readonly Part[],
  governanceOf: (context: object) => Governance,
): Promise<void> {
  for (const { answersHttp } of parts) {
    const context = { ...serverContext, request };
    const answer = answersHttp?.({
      request,
      pathname: url.pathname,
      rawHeaders: findRequest(context).rawHeaders,
      classes: fetchAPI,
      governance: () => governanceOf(context),
    });
    if (answer !== undefined) return endResponse(await answer);
  }
}
