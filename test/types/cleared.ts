import type { ProviderAdapter, ProviderRequest } from '../../src/providers/provider.ts';

declare const adapter: ProviderAdapter;
declare const request: ProviderRequest;
declare const signal: AbortSignal;

// @ts-expect-error A provider cannot be called with a request that policy evaluation has not cleared.
adapter.call(request, signal);

// @ts-expect-error Nor can anybody else make the brand.
adapter.call({ ...request, cleared: true }, signal);
