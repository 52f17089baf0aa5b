import { KnarrError, messageOf } from '#lib'
import { aggregateMessage, type FieldError, fieldPath, invalidField } from '#machinery/validation'
import { type ConfigKind, readConfig } from '../config-files/read-config.ts'
import { configNumber, configText, struct } from '../config-files/schema.ts'

/** A TracingConfiguration: where traces go, and how many are begun here. */
export interface TracingConfiguration {
  /** Default: the usual one of collectors. */
  readonly endpoint?: string
  /** Of requests that belong to no trace; default: none. */
  readonly samplingRatePerMillion?: number
}

/**
 * Reads the file of `--tracing-config-file`.
 * @throws KnarrError `BadTracingConfig`, with upstream's texts.
 */
export function readTracingConfiguration(text: string): TracingConfiguration {
  const configuration = decoded(text)
  const errors = configurationErrors(configuration)
  if (errors.length === 0) return configuration
  throw bad(`failed to validate tracing configuration: ${aggregateMessage(errors)}`)
}

function decoded(text: string): TracingConfiguration {
  try {
    // Cast: it has been decoded by the schema.
    return readConfig(text, tracingConfiguration) as TracingConfiguration
  } catch (error) {
    throw bad(
      `failed to read tracing config: unable to decode tracing configuration data: ${messageOf(error)}`,
    )
  }
}

const tracingConfiguration: ConfigKind = {
  kind: 'TracingConfiguration',
  versions: ['v1', 'v1beta1', 'v1alpha1'],
  schema: struct('v1.TracingConfiguration', {
    endpoint: configText,
    samplingRatePerMillion: configNumber,
  }),
}

const schemes: readonly string[] = ['dns', 'unix', 'unix-abstract']

/** What upstream's validation finds (`ValidateTracingConfiguration`). */
function configurationErrors({
  endpoint,
  samplingRatePerMillion: rate = 0,
}: TracingConfiguration): readonly FieldError[] {
  const ratePath = fieldPath('samplingRatePerMillion')
  const tooMany = 'sampling rate per million must be less than or equal to one million'
  const scheme = endpoint?.includes('//') ? endpoint.slice(0, endpoint.indexOf(':')) : 'dns'
  const unsupported = `unsupported scheme: ${scheme}.  Options are none, dns, unix, or unix-abstract.  See https://github.com/grpc/grpc/blob/master/doc/naming.md`
  return [
    ...(rate < 0 ? [invalidField(ratePath, rate, 'sampling rate must be positive')] : []),
    ...(rate > 1_000_000 ? [invalidField(ratePath, rate, tooMany)] : []),
    ...(schemes.includes(scheme)
      ? []
      : [invalidField(fieldPath('endpoint'), endpoint, unsupported)]),
  ]
}

function bad(message: string): KnarrError {
  return new KnarrError('BadTracingConfig', message)
}
