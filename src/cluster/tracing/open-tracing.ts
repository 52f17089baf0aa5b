import { readTracingConfiguration, type TracingOptions } from '#apiserver'
import type { Clock, Logger, Random } from '#lib'
import { readConfigFile } from '../config-files/config-file.ts'
import { version } from '../control-plane/version.ts'

/** The traces of a cluster while they are sent; what waits is sent when it is disposed of. */
export interface Tracing extends AsyncDisposable {
  /** For its API server; absent where nothing is traced. */
  readonly tracing?: TracingOptions
}

/** Where collectors listen (upstream: `otlptracegrpc`). */
const defaultEndpoint = 'localhost:4317'

const nothing: Tracing = { [Symbol.asyncDispose]: async () => undefined }

/**
 * Reads the TracingConfiguration that is named, and sends what it asks for. Without one nothing is loaded.
 * @throws KnarrError `NoSuchFile`, `BadTracingConfig`
 */
export async function openTracing(
  file: string | undefined,
  { clock, random, log }: { readonly clock: Clock; readonly random: Random; readonly log: Logger },
): Promise<Tracing> {
  const configuration = tracingConfigurationOf(file)
  if (!configuration) return nothing
  const { createSpanExporter } = await import('./exporter.ts')
  const exporter = createSpanExporter({
    endpoint: configuration.endpoint ?? defaultEndpoint,
    name: 'apiserver',
    instanceId: `apiserver-${random.uuid()}`,
    ...{ version, clock, log },
  })
  const { samplingRatePerMillion = 0 } = configuration
  return {
    tracing: { samplingRatePerMillion, take: exporter.take },
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  }
}

/** What the file says, if one is named. @throws KnarrError `NoSuchFile`, `BadTracingConfig` */
export function tracingConfigurationOf(
  file: string | undefined,
): ReturnType<typeof readTracingConfiguration> | undefined {
  if (file === undefined) return undefined
  return readTracingConfiguration(readConfigFile('tracing configuration', file))
}
