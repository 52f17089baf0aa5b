import type { ObjectMeta } from '#machinery'
import type { FlowSchema, PriorityLevelConfiguration } from '../../generated/types/index.ts'
import {
  flowSchemaOf,
  groupsOf,
  kubeSystemAccounts,
  maintained,
  type Subjects,
  usersOf,
} from './make.ts'

/** FlowSchemas and the levels that they lead to. */
export interface FlowControlObjects {
  readonly levels: readonly Named<PriorityLevelConfiguration>[]
  readonly schemas: readonly Named<FlowSchema>[]
}

type Named<T> = T & { readonly metadata: ObjectMeta & { readonly name: string } }

const anybody = groupsOf('system:unauthenticated', 'system:authenticated')
const manager = usersOf('system:kube-controller-manager')
const scheduler = usersOf('system:kube-scheduler')
const nodes = groupsOf('system:nodes')

/** What every server has, whatever administrators do (upstream: `MandatoryFlowSchemas` and their levels). */
export const mandatoryFlowControl: FlowControlObjects = {
  levels: [
    level('catch-all', {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: 5,
        lendablePercent: 0,
        limitResponse: { type: 'Reject' },
      },
    }),
    level('exempt', {
      type: 'Exempt',
      exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 },
    }),
  ],
  schemas: [
    flowSchemaOf('exempt', {
      level: 'exempt',
      precedence: 1,
      subjects: groupsOf('system:masters'),
    }),
    flowSchemaOf('catch-all', {
      level: 'catch-all',
      precedence: 10_000,
      distinguisher: 'ByUser',
      subjects: anybody,
    }),
  ],
}

/** What clusters have besides, until somebody changes it (upstream: `SuggestedFlowSchemas` and their levels). */
export const suggestedFlowControl: FlowControlObjects = {
  levels: [
    queuing('system', { shares: 30, lendable: 33, queues: 64, hand: 6 }),
    queuing('node-high', { shares: 40, lendable: 25, queues: 64, hand: 6 }),
    queuing('leader-election', { shares: 10, lendable: 0, queues: 16, hand: 4 }),
    queuing('workload-high', { shares: 40, lendable: 50, queues: 128, hand: 6 }),
    queuing('workload-low', { shares: 100, lendable: 90, queues: 128, hand: 6 }),
    queuing('global-default', { shares: 20, lendable: 50, queues: 128, hand: 6 }),
  ],
  schemas: [
    everything('system-nodes', 'system', 500, 'ByUser', nodes),
    flowSchemaOf('system-node-high', {
      level: 'node-high',
      precedence: 400,
      distinguisher: 'ByUser',
      subjects: nodes,
      resourceRules: [
        {
          verbs: ['*'],
          apiGroups: [''],
          resources: ['nodes', 'nodes/status'],
          namespaces: ['*'],
          clusterScope: true,
        },
        {
          verbs: ['*'],
          apiGroups: ['coordination.k8s.io'],
          resources: ['leases'],
          namespaces: ['*'],
        },
      ],
      nonResourceRules: [],
    }),
    flowSchemaOf('probes', {
      level: 'exempt',
      precedence: 2,
      subjects: anybody,
      resourceRules: [],
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
    }),
    flowSchemaOf('system-leader-election', {
      level: 'leader-election',
      precedence: 100,
      distinguisher: 'ByUser',
      subjects: [...manager, ...scheduler, ...kubeSystemAccounts],
      resourceRules: [
        {
          verbs: ['get', 'create', 'update'],
          apiGroups: ['coordination.k8s.io'],
          resources: ['leases'],
          namespaces: ['*'],
        },
      ],
      nonResourceRules: [],
    }),
    everything('kube-controller-manager', 'workload-high', 800, 'ByNamespace', manager),
    everything('kube-scheduler', 'workload-high', 800, 'ByNamespace', scheduler),
    everything(
      'kube-system-service-accounts',
      'workload-high',
      900,
      'ByNamespace',
      kubeSystemAccounts,
    ),
    everything(
      'service-accounts',
      'workload-low',
      9000,
      'ByUser',
      groupsOf('system:serviceaccounts'),
    ),
    everything('global-default', 'global-default', 9900, 'ByUser', anybody),
  ],
}

function level(
  name: string,
  spec: NonNullable<PriorityLevelConfiguration['spec']>,
): Named<PriorityLevelConfiguration> {
  return { metadata: maintained(name), spec }
}

interface QueuingLevel {
  readonly shares: number
  readonly lendable: number
  readonly queues: number
  readonly hand: number
}

function queuing(
  name: string,
  { shares, lendable, queues, hand }: QueuingLevel,
): Named<PriorityLevelConfiguration> {
  const limitResponse = {
    type: 'Queue',
    queuing: { queues, handSize: hand, queueLengthLimit: 50 },
  }
  return level(name, {
    type: 'Limited',
    limited: { nominalConcurrencyShares: shares, lendablePercent: lendable, limitResponse },
  })
}

/** A schema of whatever these ask for. */
function everything(
  ...[name, leadsTo, precedence, distinguisher, subjects]: [
    name: string,
    level: string,
    precedence: number,
    distinguisher: 'ByUser' | 'ByNamespace',
    subjects: Subjects,
  ]
): Named<FlowSchema> {
  return flowSchemaOf(name, { level: leadsTo, precedence, distinguisher, subjects })
}
