import type { ConfigMap, EnvVar, Pod, Secret, Service } from '#api'
import type { Stored } from '#machinery'
import { isNotFound } from '#machinery/status'
import { checkEnvVarName } from '#machinery/validation'
import type { EnvironmentVariable } from '#runtime'
import type { AnyContainer } from '../model/containers.ts'
import { ConfigError } from '../model/errors.ts'
import { expand } from '../model/expand.ts'
import { fieldValue } from '../model/field-reference.ts'
import { resourceFieldValue } from '../model/resource-reference.ts'

/** Where the values of a container's environment come from. */
export interface EnvironmentSources {
  readonly pod: Stored<Pod>
  readonly podIps: readonly string[]
  readonly hostIps: readonly string[]
  readonly nodeName: string
  readonly allocatable: Readonly<Record<string, string>>
  /** Services of the pod's namespace and the master Service, for the variables that links make. */
  readonly services: readonly Stored<Service>[]
  configMap(name: string): Promise<ConfigMap>
  secret(name: string): Promise<Secret>
}

export interface Environment {
  readonly variables: readonly EnvironmentVariable[]
  /** Keys that cannot be names of variables, as upstream reports them: by source. */
  readonly skipped: readonly Skipped[]
}

interface Skipped {
  readonly source: string
  readonly keys: readonly string[]
}

/**
 * The environment of a container: Services first, then envFrom, then env, later ones winning
 * (upstream: makeEnvironmentVariables). Throws ConfigError for what is missing.
 */
export async function environmentOf(
  container: AnyContainer,
  sources: EnvironmentSources,
): Promise<Environment> {
  const { values, skipped } = await importedVariables(container, sources)
  const services = serviceVariables(sources)
  // References see what stands before them, Services included.
  const visible = new Map([...services, ...values])
  for (const variable of container.env ?? []) {
    const value = await valueFor(variable, container, { ...sources, visible })
    if (value === undefined) continue
    values.set(variable.name, value)
    visible.set(variable.name, value)
  }
  for (const [name, value] of services) if (!values.has(name)) values.set(name, value)
  return { variables: [...values].map(([name, value]) => ({ name, value })), skipped }
}

async function importedVariables(
  container: AnyContainer,
  sources: EnvironmentSources,
): Promise<{ readonly values: Map<string, string>; readonly skipped: readonly Skipped[] }> {
  const skipped: Skipped[] = []
  const values = new Map<string, string>()
  for (const from of container.envFrom ?? []) {
    const { data, source } = await dataFrom(from, sources)
    const named = Object.entries(data).map(
      ([key, value]) => [`${from.prefix ?? ''}${key}`, value] as const,
    )
    const keys = named.map(([name]) => name).filter((name) => checkEnvVarName(name).length > 0)
    if (keys.length > 0) skipped.push({ source, keys: keys.toSorted() })
    for (const [name, value] of named) if (!keys.includes(name)) values.set(name, value)
  }
  return { values, skipped }
}

type EnvFrom = NonNullable<AnyContainer['envFrom']>[number]

async function dataFrom(
  { configMapRef, secretRef }: EnvFrom,
  sources: EnvironmentSources,
): Promise<{ readonly data: Readonly<Record<string, string>>; readonly source: string }> {
  const namespace = sources.pod.metadata.namespace ?? ''
  if (configMapRef?.name) {
    const { name, optional } = configMapRef
    const found = await orMissing(sources.configMap(name), optional === true)
    return { data: found?.data ?? {}, source: `configMap ${namespace}/${name}` }
  }
  const { name = '', optional } = secretRef ?? {}
  const found = await orMissing(sources.secret(name), optional === true)
  const data = Object.entries(found?.data ?? {}).map(([key, value]) => [key, decode(value)])
  return { data: Object.fromEntries(data), source: `secret ${namespace}/${name}` }
}

async function valueFor(
  variable: EnvVar,
  container: AnyContainer,
  sources: EnvironmentSources & { readonly visible: ReadonlyMap<string, string> },
): Promise<string | undefined> {
  const from = variable.valueFrom
  if (!from) return expand(variable.value ?? '', sources.visible)
  if (from.fieldRef) {
    const { fieldPath } = from.fieldRef
    return fieldValue(fieldPath, sources)
  }
  if (from.resourceFieldRef) {
    return resourceFieldValue(from.resourceFieldRef, container, sources)
  }
  if (from.configMapKeyRef) return configMapKey(from.configMapKeyRef, sources)
  if (from.secretKeyRef) return secretKey(from.secretKeyRef, sources)
  return ''
}

interface KeyReference {
  readonly name?: string
  readonly key: string
  readonly optional?: boolean
}

async function configMapKey(
  { name = '', key, optional = false }: KeyReference,
  sources: EnvironmentSources,
): Promise<string | undefined> {
  const found = await orMissing(sources.configMap(name), optional)
  const value = found?.data?.[key]
  if (value !== undefined || optional) return value
  throw new ConfigError(`couldn't find key ${key} in ConfigMap ${namespaceOf(sources)}/${name}`)
}

async function secretKey(
  { name = '', key, optional = false }: KeyReference,
  sources: EnvironmentSources,
): Promise<string | undefined> {
  const found = await orMissing(sources.secret(name), optional)
  const value = found?.data?.[key]
  if (value !== undefined) return decode(value)
  if (optional) return undefined
  throw new ConfigError(`couldn't find key ${key} in Secret ${namespaceOf(sources)}/${name}`)
}

async function orMissing<T>(found: Promise<T>, optional: boolean): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (!isNotFound(error)) throw error
    if (optional) return undefined
    throw new ConfigError((error as Error).message)
  }
}

function namespaceOf({ pod }: EnvironmentSources): string {
  return pod.metadata.namespace ?? ''
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8')
}

const masterServices: ReadonlySet<string> = new Set(['kubernetes'])

/** `WEB_SERVICE_HOST` and the Docker-link names (upstream: envvars.FromServices). */
function serviceVariables({ pod, services }: EnvironmentSources): ReadonlyMap<string, string> {
  const namespace = pod.metadata.namespace
  const linked = pod.spec?.enableServiceLinks !== false
  const isMaster = ({ metadata }: Service) =>
    metadata?.namespace === 'default' && masterServices.has(metadata?.name ?? '')
  const own = linked ? services.filter(({ metadata }) => metadata.namespace === namespace) : []
  // A Service of the pod's own namespace hides the master Service of that name.
  const byName = new Map(
    [...services.filter(isMaster), ...own].map((each) => [each.metadata.name, each]),
  )
  const variables = new Map<string, string>()
  for (const [name, { spec }] of byName) {
    const ip = spec?.clusterIP
    if (ip && ip !== 'None') addService(variables, name, ip, spec?.ports ?? [])
  }
  return variables
}

function addService(
  variables: Map<string, string>,
  name: string,
  ip: string,
  ports: NonNullable<NonNullable<Service['spec']>['ports']>,
): void {
  const prefix = name.toUpperCase().replaceAll('-', '_')
  const host = ip.includes(':') ? `[${ip}]` : ip
  const [first] = ports
  if (!first) return
  variables.set(`${prefix}_SERVICE_HOST`, ip)
  variables.set(`${prefix}_SERVICE_PORT`, String(first.port))
  for (const port of ports) {
    if (port.name) {
      const suffix = port.name.toUpperCase().replaceAll('-', '_')
      variables.set(`${prefix}_SERVICE_PORT_${suffix}`, String(port.port))
    }
  }
  const protocolOf = (port: { readonly protocol?: string }) =>
    (port.protocol ?? 'TCP').toLowerCase()
  variables.set(`${prefix}_PORT`, `${protocolOf(first)}://${host}:${first.port}`)
  for (const port of ports) {
    const protocol = protocolOf(port)
    const link = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`
    variables.set(link, `${protocol}://${host}:${port.port}`)
    variables.set(`${link}_PROTO`, protocol)
    variables.set(`${link}_PORT`, String(port.port))
    variables.set(`${link}_ADDR`, ip)
  }
}
