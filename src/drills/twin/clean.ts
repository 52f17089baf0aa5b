import type { KubeObject } from '#machinery'

/** What is read of a container. */
interface AnyContainer {
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
}

interface AnyPodSpec {
  readonly nodeName?: string
  readonly initContainers?: readonly AnyContainer[]
  readonly containers?: readonly AnyContainer[]
}

/** Members of metadata that a manifest would have; the rest belongs to the cluster. */
const kept = ['name', 'namespace', 'labels'] as const

/** Annotations that controllers and kubectl keep their books in, whole manifests among them. */
const books = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
  'deprecated.daemonset.template.generation',
]

/** What a Service got from its cluster; another cluster gives others. */
const given = [
  'clusterIP',
  'clusterIPs',
  'ipFamilies',
  'ipFamilyPolicy',
  'healthCheckNodePort',
  'loadBalancerIP',
]

/** Makes of an object what a manifest would hold: no status, nothing that a cluster gave it, no values of environments. */
export function cleaned(object: KubeObject): KubeObject {
  const { apiVersion = '', kind = '', metadata = {}, ...rest } = object
  // Cast: an object has its members by their names.
  const { status: _status, ...fields } = rest as Readonly<Record<string, unknown>>
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([name]) => !books.includes(name),
  )
  const own = Object.fromEntries(
    kept.flatMap((name) => (metadata[name] === undefined ? [] : [[name, metadata[name]]])),
  )
  const shown = {
    ...own,
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  }
  // Cast: what is left is the object's own.
  return { apiVersion, kind, metadata: shown, ...cleanedFields(kind, fields) } as KubeObject
}

function cleanedFields(
  kind: string,
  fields: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { spec } = fields
  if (typeof spec !== 'object' || spec === null) return fields
  if (kind === 'Service') return { ...fields, spec: without(spec, given) }
  if (kind === 'Pod') return { ...fields, spec: cleanedPod(spec) }
  // Cast: only what pod templates have is read.
  const { template } = spec as { readonly template?: { readonly spec?: AnyPodSpec } }
  if (!template?.spec) return { ...fields, spec: without(spec, ['volumeName', 'claimRef']) }
  return {
    ...fields,
    spec: { ...spec, template: { ...template, spec: cleanedPod(template.spec) } },
  }
}

function cleanedPod(spec: AnyPodSpec): AnyPodSpec {
  const { nodeName: _nodeName, initContainers, containers, ...rest } = spec
  return {
    ...rest,
    ...(initContainers ? { initContainers: initContainers.map(withoutValues) } : {}),
    ...(containers ? { containers: containers.map(withoutValues) } : {}),
  }
}

/** Passwords stand in environments, too. */
function withoutValues(container: AnyContainer): AnyContainer {
  if (!container.env) return container
  const env = container.env.map((each) =>
    each.value === undefined ? each : { ...each, value: '' },
  )
  return { ...container, env }
}

function without(fields: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}
