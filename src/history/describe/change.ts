import type { EndpointSlice, Job, Node, Pod } from '#api'
import type { KubeObject } from '#machinery'
import { describeEndpointSlice } from './endpoint-slice.ts'
import { eventText, type ToldEvent } from './event.ts'
import { describeNode, nodeState } from './node.ts'
import { changedPaths } from './paths.ts'
import { describePod, podState } from './pod.ts'
import { valueChange } from './values.ts'
import { daemonState, describeJob, describeWorkload, jobState, workloadState } from './workload.ts'

export interface ObjectChange {
  /** What changed, in words; never empty. */
  readonly words: readonly string[]
  /** Which fields an update changed. */
  readonly paths: readonly string[]
}

/** What one write did to an object. Pure; the same for the same two values. */
export function describeChange(
  before: KubeObject | undefined,
  after: KubeObject | undefined,
): ObjectChange {
  if (!after) return { words: ['deleted'], paths: [] }
  const paths = before ? changedPaths(before, after) : []
  const words = [
    ...(before ? [] : ['created']),
    ...deletion(before, after),
    ...(describers[after.kind ?? '']?.(before as never, after as never) ?? []),
  ]
  if (words.length > 0) return { words, paths }
  return { words: [paths.length > 0 ? `changed ${paths.join(', ')}` : 'nothing'], paths }
}

/** How an object stands, in words; empty for kinds that have no state to tell. */
export function describeState(object: KubeObject): string {
  return states[object.kind ?? '']?.(object as never) ?? ''
}

const states: Readonly<Record<string, (object: never) => string>> = {
  Pod: podState,
  Node: nodeState,
  Deployment: workloadState,
  ReplicaSet: workloadState,
  StatefulSet: workloadState,
  DaemonSet: daemonState,
  Job: jobState,
}

type Describer = (before: never, after: never) => readonly string[]

const describers: Readonly<Record<string, Describer>> = {
  Pod: (before: Pod | undefined, after: Pod) => describePod(before, after),
  Node: (before: Node | undefined, after: Node) => describeNode(before, after),
  Deployment: describeWorkload,
  ReplicaSet: describeWorkload,
  StatefulSet: describeWorkload,
  Job: (before: Job | undefined, after: Job) => describeJob(before, after),
  EndpointSlice: (before: EndpointSlice | undefined, after: EndpointSlice) =>
    describeEndpointSlice(before, after),
  Event: (_: unknown, event: ToldEvent) => [eventText(event)],
  Service: (before: ToldService | undefined, after: ToldService) => [
    ...valueChange('type', before?.spec?.type, after.spec?.type),
    ...valueChange('cluster IP', before?.spec?.clusterIP, after.spec?.clusterIP),
  ],
  Lease: (before: ToldLease | undefined, after: ToldLease) =>
    before && before.spec?.holderIdentity === after.spec?.holderIdentity
      ? ['renewed']
      : valueChange('holder', before?.spec?.holderIdentity, after.spec?.holderIdentity),
}

interface ToldService {
  readonly spec?: { readonly type?: string; readonly clusterIP?: string }
}

interface ToldLease {
  readonly spec?: { readonly holderIdentity?: string }
}

function deletion(before: KubeObject | undefined, { metadata }: KubeObject): readonly string[] {
  if (!metadata?.deletionTimestamp) return []
  const grace = metadata.deletionGracePeriodSeconds
  const was = before?.metadata
  if (!was?.deletionTimestamp) return [`deletion requested, grace ${grace ?? 0} s`]
  return valueChange('grace seconds', was.deletionGracePeriodSeconds, grace)
}
