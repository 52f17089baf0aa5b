import type { Node, Pod } from '#api'
import type { KubeObject } from '#machinery'
import { cleaned } from './clean.ts'
import { twinNodes } from './nodes.ts'
import { isEnded, owner, placementsOf } from './placements.ts'
import { referredKeys } from './references.ts'
import { type Twin, twinKind, twinVersion } from './twin.ts'

/** The kinds that a twin is made of, as kubectl names them; Secrets are asked for by name alone. */
export const twinResources = [
  'nodes',
  'namespaces',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'replicasets.apps',
  'replicationcontrollers',
  'pods',
  'services',
  'configmaps',
  'serviceaccounts',
  'persistentvolumeclaims',
  'storageclasses.storage.k8s.io',
  'resourcequotas',
  'limitranges',
  'priorityclasses.scheduling.k8s.io',
  'poddisruptionbudgets.policy',
  'networkpolicies.networking.k8s.io',
] as const

/** The name of a kind that a twin is made of. */
export type TwinResource = (typeof twinResources)[number]

/** What a cluster has said. */
export interface TwinSource {
  readonly takenAt: string
  readonly context: string
  readonly serverVersion: string
  /** The objects of each kind; a kind that could not be read is absent. */
  readonly listed: Readonly<Partial<Record<TwinResource, readonly KubeObject[]>>>
  /** The names of Secrets; absent when they could not be read. */
  readonly secrets?: readonly { readonly namespace: string; readonly name: string }[]
  /** What could not be read, as sentences. */
  readonly unread: readonly string[]
}

/** Whatever stands here belongs to the cluster itself; a simulated one brings its own. */
const systemNamespaces = new Set(['kube-system', 'kube-public', 'kube-node-lease'])

/** Makes a twin of what a cluster has said. */
export function takeTwin({ takenAt, context, serverVersion, ...source }: TwinSource): Twin {
  const { listed, secrets = [], unread } = source
  const {
    nodes = [],
    pods = [],
    configmaps = [],
    'replicasets.apps': replicaSets = [],
    ...others
  } = listed
  // Cast: each list holds what its name says.
  const allPods = pods as readonly Pod[]
  const systemPods = allPods.filter((pod) => isSystem(pod) && !isEnded(pod))
  const wanted = [
    ...Object.values(others).flat(),
    ...replicaSets.filter((each) => !owner(each)),
    ...allPods.filter((pod) => !owner(pod) && !isEnded(pod)),
  ].filter((each) => !isSystem(each) && !isMade(each))
  const objects = wanted.map(cleaned)
  const keys = referredKeys(objects)
  const named = [
    ...configmaps.filter((each) => !isSystem(each) && !isMade(each)).map((each) => configMap(each)),
    ...secrets
      .filter(({ namespace }) => !systemNamespaces.has(namespace))
      .map(({ namespace, name }) =>
        secret(namespace, name, keys.Secret.get(`${namespace}/${name}`)),
      ),
  ]
  return {
    apiVersion: twinVersion,
    kind: twinKind,
    metadata: { name: context },
    takenAt,
    serverVersion,
    leftOut: [
      'Values of Secrets, ConfigMaps and environments are empty.',
      `The namespaces ${[...systemNamespaces].join(', ')}: ${systemPods.length} pods, whose requests are taken from their nodes.`,
      'Jobs, CronJobs, autoscalers, custom resources and whatever else no drill acts on.',
      ...unread,
    ],
    // Cast: as above.
    nodes: twinNodes(nodes as readonly Node[], systemPods),
    placements: placementsOf(
      allPods.filter((pod) => !isSystem(pod)),
      replicaSets,
    ),
    objects: [...objects, ...named],
  }
}

function isSystem({ kind, metadata }: KubeObject): boolean {
  const namespace = kind === 'Namespace' ? metadata?.name : metadata?.namespace
  return namespace !== undefined && systemNamespaces.has(namespace)
}

/** What every cluster makes by itself. */
function isMade({ kind, metadata: { name = '', namespace } = {} }: KubeObject): boolean {
  return (
    (kind === 'ConfigMap' && name === 'kube-root-ca.crt') ||
    (kind === 'ServiceAccount' && name === 'default') ||
    (kind === 'Namespace' && name === 'default') ||
    (kind === 'Service' && name === 'kubernetes' && namespace === 'default') ||
    (kind === 'PriorityClass' && name.startsWith('system-'))
  )
}

/** The keys of a ConfigMap, without what stands under them. */
function configMap(object: KubeObject): KubeObject {
  // Cast: it is one.
  const { data = {}, binaryData = {} } = object as {
    readonly data?: object
    readonly binaryData?: object
  }
  const names = [...Object.keys(data), ...Object.keys(binaryData)]
  const { apiVersion = 'v1', kind = 'ConfigMap', metadata } = cleaned(object)
  // Cast: these are the members of a ConfigMap.
  return { apiVersion, kind, metadata, data: empty(names) } as KubeObject
}

/** A Secret with the keys that workloads read of it; others are not known. */
function secret(
  namespace: string,
  name: string,
  keys: ReadonlySet<string> = new Set(),
): KubeObject {
  // Cast: these are the members of a Secret.
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData: empty([...keys]),
  } as KubeObject
}

function empty(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, '']))
}
