import { goQuote } from '#machinery'
import { tryParseQuantity } from '#machinery/quantity'
import { type FieldPath, fieldPath } from '#machinery/validation'
import type {
  Container,
  ContainerPort,
  EnvVar,
  Pod,
  PodSpec,
  PodTemplateSpec,
} from '../../../generated/types/index.ts'

/** Labels of nodes that have newer names. */
const oldNodeLabels: Readonly<Record<string, readonly [since: string, use: string]>> = {
  'beta.kubernetes.io/arch': ['v1.14', 'kubernetes.io/arch'],
  'beta.kubernetes.io/os': ['v1.14', 'kubernetes.io/os'],
  'failure-domain.beta.kubernetes.io/region': ['v1.17', 'topology.kubernetes.io/region'],
  'failure-domain.beta.kubernetes.io/zone': ['v1.17', 'topology.kubernetes.io/zone'],
  'beta.kubernetes.io/instance-type': ['v1.17', 'node.kubernetes.io/instance-type'],
}

/** What is allowed in a pod but surely not meant (upstream: GetWarningsForPod). */
export function podWarnings(pod: Pod): readonly string[] {
  return warningsOf(pod, undefined)
}

/** The same of a template at its place. */
export function templateWarnings(
  template: PodTemplateSpec | undefined,
  path: FieldPath,
): readonly string[] {
  return template ? warningsOf(template, path) : []
}

function warningsOf(
  { metadata, spec }: Pick<Pod, 'metadata' | 'spec'>,
  path: FieldPath | undefined,
): readonly string[] {
  if (!spec) return []
  const at = (...names: string[]) => (path ? path.child(...names) : fieldPath(...names))
  const annotations = Object.keys(metadata?.annotations ?? {})
  return [
    ...labelWarnings(spec, at('spec', 'nodeSelector')),
    ...(annotations.includes('scheduler.alpha.kubernetes.io/critical-pod')
      ? [
          `${at('metadata', 'annotations').key('scheduler.alpha.kubernetes.io/critical-pod')}: non-functional in v1.16+; use the "priorityClassName" field instead`,
        ]
      : []),
    ...volumeWarnings(spec, at('spec', 'volumes')),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [
          `${at('spec', 'terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...containerWarnings(spec.initContainers, at('spec', 'initContainers')),
    ...containerWarnings(spec.containers, at('spec', 'containers')),
    ...portWarnings(spec, at('spec')),
  ]
}

function labelWarnings({ nodeSelector = {} }: PodSpec, path: FieldPath): string[] {
  return Object.keys(nodeSelector).flatMap((label) => {
    const known = oldNodeLabels[label]
    if (!known) return []
    return [`${path.key(label)}: deprecated since ${known[0]}; use "${known[1]}" instead`]
  })
}

function volumeWarnings({ volumes = [] }: PodSpec, path: FieldPath): string[] {
  return volumes.flatMap((volume, i) =>
    volume.gitRepo
      ? [
          `${path.index(i).child('gitRepo')}: deprecated in v1.11, and disabled by default in v1.33+`,
        ]
      : [],
  )
}

function containerWarnings(containers: readonly Container[] = [], path: FieldPath): string[] {
  return containers.flatMap((container, i) => [
    ...repeatedEnv(container.env ?? [], path.index(i).child('env')),
    ...fractionalBytes(container, path.index(i).child('resources')),
  ])
}

function repeatedEnv(env: readonly EnvVar[], path: FieldPath): string[] {
  const seen = new Set<string>()
  return env.flatMap(({ name, value }, i) => {
    // A variable that refers to itself builds on the earlier one.
    const hides = seen.has(name) && !value?.includes(`$(${name})`)
    seen.add(name)
    if (!hides) return []
    return [
      `${path.index(i)}: hides previous definition of ${goQuote(name)}, which may be dropped when using apply`,
    ]
  })
}

function fractionalBytes({ resources }: Container, path: FieldPath): string[] {
  return (['limits', 'requests'] as const).flatMap((list) =>
    ['memory', 'ephemeral-storage'].flatMap((name) => {
      const text = resources?.[list]?.[name]
      const quantity = text === undefined ? undefined : tryParseQuantity(text)
      if (!quantity || quantity.nanos % 1_000_000_000n === 0n) return []
      return [
        `${path.child(list).key(name)}: fractional byte value ${goQuote(text ?? '')} is invalid, must be an integer`,
      ]
    }),
  )
}

/** The same port of the same container twice: the second is lost when the object is merged. */
function portWarnings(spec: PodSpec, path: FieldPath): string[] {
  const lists = [
    ['initContainers', spec.initContainers ?? []],
    ['containers', spec.containers ?? []],
  ] as const
  return lists.flatMap(([name, containers]) =>
    containers.flatMap(({ ports = [] }, i) =>
      repeatedPorts(ports, path.child(name).index(i).child('ports')),
    ),
  )
}

function repeatedPorts(ports: readonly ContainerPort[], path: FieldPath): string[] {
  const seen = new Map<string, number>()
  return ports.flatMap(({ containerPort, protocol, hostIP = '', hostPort = 0 }, i) => {
    const key = `${containerPort}/${protocol}/${hostIP}/${hostPort}`
    const first = seen.get(key)
    if (first === undefined) seen.set(key, i)
    return first === undefined
      ? []
      : [`${path.index(i)}: duplicate port definition with ${path.index(first)}`]
  })
}
