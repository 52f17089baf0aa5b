import { KnarrError, messageOf } from '#lib'
import { decodeYaml } from '#machinery/codec'
import { prune, type SchemaNode } from '#machinery/schema'
import { aggregateMessage, type FieldError, fieldPath, invalidField } from '#machinery/validation'

/** A TracingConfiguration: where traces go, and how many are begun here. */
export interface TracingConfiguration {
  /** Default: the usual one of collectors. */
  readonly endpoint?: string
  /** Of requests that belong to no trace; default: none. */
  readonly samplingRatePerMillion?: number
}

const versions = ['v1', 'v1beta1', 'v1alpha1'].map((each) => `apiserver.config.k8s.io/${each}`)

/**
 * Reads the file of `--tracing-config-file`.
 * @throws KnarrError `BadTracingConfig`, with upstream's texts.
 */
export function readTracingConfiguration(text: string): TracingConfiguration {
  const { value, unknownFields } = decoded(text)
  // Cast: it has been decoded by the schema below.
  const {
    apiVersion = '',
    kind = '',
    ...configuration
  } = value as TracingConfiguration & {
    apiVersion?: string
    kind?: string
  }
  const undecodable = (why: string) =>
    bad(`failed to read tracing config: unable to decode tracing configuration data: ${why}`)
  if (kind !== 'TracingConfiguration' || !versions.includes(apiVersion)) {
    throw undecodable(`no kind "${kind}" is registered for version "${apiVersion}"`)
  }
  if (unknownFields.length > 0) {
    const named = unknownFields.map((field) => `unknown field "${field}"`)
    throw undecodable(`strict decoding error: ${named.join(', ')}`)
  }
  const errors = configurationErrors(configuration)
  if (errors.length === 0) return configuration
  throw bad(`failed to validate tracing configuration: ${aggregateMessage(errors)}`)
}

function decoded(text: string) {
  try {
    const [document] = decodeYaml(text)
    return prune(document ?? {}, schema)
  } catch (error) {
    throw bad(
      `failed to read tracing config: unable to decode tracing configuration data: ${messageOf(error)}`,
    )
  }
}

const fields = new Map<string, { readonly schema: SchemaNode }>([
  ['apiVersion', { schema: { kind: 'scalar', form: 'string' } }],
  ['kind', { schema: { kind: 'scalar', form: 'string' } }],
  ['endpoint', { schema: { kind: 'scalar', form: 'string' } }],
  ['samplingRatePerMillion', { schema: { kind: 'scalar', form: 'int32' } }],
])
const schema: SchemaNode = {
  kind: 'object',
  name: 'v1.TracingConfiguration',
  field: (name) => fields.get(name),
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
