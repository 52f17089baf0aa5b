import { decodeYaml } from '#machinery/codec'
import { prune, type SchemaNode } from '#machinery/schema'
import { strictDecodingError, strictFaults } from '#machinery/status'

/** What a configuration file of the API server has to hold. */
export interface ConfigKind {
  readonly kind: string
  /** The versions of apiserver.config.k8s.io that are read. */
  readonly versions: readonly string[]
  /** Besides apiVersion and kind. */
  readonly schema: SchemaNode
}

const group = 'apiserver.config.k8s.io'

/**
 * The object of a configuration file, decoded strictly as upstream's codecs do.
 * @throws Error with upstream's words for what is wrong with it.
 */
export function readConfig(content: string, { kind, versions, schema }: ConfigKind): unknown {
  const [document] = decodeYaml(content)
  const { apiVersion, kind: given, ...rest } = objectOf(document)
  if (typeof given !== 'string' || given === '') throw new Error(`Object 'Kind' is missing in it`)
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    throw new Error(`Object 'apiVersion' is missing in it`)
  }
  if (given !== kind || !versions.some((version) => apiVersion === `${group}/${version}`)) {
    throw new Error(`no kind ${JSON.stringify(given)} is registered for version "${apiVersion}"`)
  }
  const { value, unknownFields } = prune(rest, schema)
  if (unknownFields.length > 0) throw new Error(strictDecodingError(strictFaults(unknownFields)))
  return value
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  // Cast: an object of YAML has texts for keys.
  if (isObject) return value as Readonly<Record<string, unknown>>
  throw new Error("couldn't get version/kind; json parse error: it holds no object")
}
