import type { Environment } from '../config/env.ts';

/** Whether the standard OpenTelemetry variables ask for traces. */
export function wantsTraces(env: Environment): boolean {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  return endpoint !== undefined && !env.OTEL_SDK_DISABLED && env.OTEL_TRACES_EXPORTER !== 'none';
}

/**
 * Loads OpenTelemetry and has it send traces as the `OTEL_*` variables say. Nothing but our own spans: those that libraries
 * make by themselves carry URLs, and URLs carry numbers.
 */
export async function startTracingSdk(): Promise<{ stop(): Promise<void> }> {
  // Loading takes half a second: only who wants traces waits for it.
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  process.env.OTEL_SERVICE_NAME ??= 'tandem';
  const sdk = new NodeSDK({ instrumentations: [], metricReaders: [], logRecordProcessors: [] });
  sdk.start();
  return { stop: () => sdk.shutdown() };
}
