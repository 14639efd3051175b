import type { Attributes, Context, Span, SpanContext } from '@opentelemetry/api';
import type { GatewayObserver } from '../gateway/observer.ts';
import { splitEndpointId } from '../model/catalog.ts';
import { formatDollars } from '../model/money.ts';
import type { TokenUsage } from '../model/usage.ts';

export interface TracingOptions {
  /** The base URL of an OTLP collector over HTTP, without a slash at its end; `/v1/traces` is added. */
  readonly endpoint: string;
  readonly serviceName: string;
  /** Sent with every export. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Spans on their way to a collector. */
export interface Tracing {
  /** To be given to the gateway. */
  readonly observer: GatewayObserver;
  /** Sends what was not sent yet. */
  close(): Promise<void>;
}

/**
 * Traces runs by OpenTelemetry's conventions for generative AI: one span for a completion, one below it for each call
 * of a provider. Facts only: no prompt, no answer, nothing that a caller wrote.
 *
 * The caller's W3C trace context is the parent of the completion's span, and providers are sent that of the attempt's.
 * The SDK is loaded here, by those who configure tracing.
 */
export async function startTracing({ endpoint, serviceName, headers }: TracingOptions): Promise<Tracing> {
  const [{ ROOT_CONTEXT, SpanKind, SpanStatusCode, trace }, sdk, { resourceFromAttributes }, { OTLPTraceExporter }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ]);
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, headers: { ...headers } });
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName }),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('tollgate');

  function parentOf(traceparent: string | undefined): Context {
    const remote = readTraceparent(traceparent);
    return remote === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, remote);
  }

  function end(span: Span, errorType: string | undefined, endTime: number): void {
    if (errorType !== undefined) {
      span.setAttribute('error.type', errorType);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(endTime);
  }

  const observer: GatewayObserver = {
    opened(completion, requestId, traceparent) {
      const span = tracer.startSpan(
        'chat',
        {
          kind: SpanKind.SERVER,
          startTime: completion.createdAt,
          attributes: {
            'gen_ai.operation.name': 'chat',
            'gen_ai.request.max_tokens': completion.maxOutputTokens,
            'tollgate.completion.id': completion.id,
            'tollgate.entrance': completion.entrance,
            'tollgate.project.id': completion.projectId,
            ...(requestId === undefined ? {} : { 'tollgate.request.id': requestId }),
          },
        },
        parentOf(traceparent),
      );
      const context = trace.setSpan(ROOT_CONTEXT, span);
      const attempts = new Map<string, Span>();
      return {
        attemptOpened({ id, modelId, providerId, vendor, startedAt, region }) {
          const attempt = tracer.startSpan(
            `chat ${modelId}`,
            {
              kind: SpanKind.CLIENT,
              startTime: startedAt,
              attributes: {
                'gen_ai.operation.name': 'chat',
                'gen_ai.provider.name': vendor,
                'gen_ai.request.model': modelId,
                'tollgate.provider.id': providerId,
                ...(region === undefined ? {} : { 'cloud.region': region }),
              },
            },
            context,
          );
          attempts.set(id, attempt);
          return writeTraceparent(attempt.spanContext());
        },
        attemptSettled({ id, outcome, status, error, durationMs, startedAt, usage }) {
          const attempt = attempts.get(id);
          if (attempt === undefined) return;
          attempt.setAttributes({ ...usageAttributes(usage), 'tollgate.outcome': outcome });
          if (status !== undefined) attempt.setAttribute('http.response.status_code', status);
          attempts.delete(id);
          end(attempt, outcome === 'SUCCEEDED' ? undefined : (error?.code ?? outcome), startedAt + durationMs);
        },
        closed({ status, error, endpointId, finishReason, finishedAt }, usage) {
          const model = endpointId === undefined ? undefined : splitEndpointId(endpointId)?.modelId;
          if (model !== undefined) {
            span.updateName(`chat ${model}`);
            span.setAttribute('gen_ai.response.model', model);
          }
          if (finishReason !== undefined) {
            span.setAttribute('gen_ai.response.finish_reasons', [finishReason.toLowerCase()]);
          }
          span.setAttributes({ ...usageAttributes(usage), 'tollgate.status': status });
          // Those that were never called, and those whose run a fault of the gateway ended.
          for (const attempt of attempts.values()) end(attempt, error?.code ?? status, finishedAt);
          attempts.clear();
          end(span, status === 'FINISHED' ? undefined : (error?.code ?? status), finishedAt);
        },
      };
    },
  };
  return { observer, close: () => provider.shutdown() };
}

function usageAttributes(usage: TokenUsage): Attributes {
  return {
    'gen_ai.usage.input_tokens': usage.inputTokens,
    'gen_ai.usage.output_tokens': usage.outputTokens,
    'tollgate.cost.dollars': Number(formatDollars(usage.cost)),
  };
}

function readTraceparent(traceparent: string | undefined): SpanContext | undefined {
  const match = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(traceparent ?? '');
  const [, traceId, spanId, flags = '00'] = match ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

function writeTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
