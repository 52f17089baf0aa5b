import type { EndpointSlice, Job, Node, Pod } from '#api'
import type { KubeObject } from '#machinery'
import { describeEndpointSlice } from './endpoint-slice.ts'
import { type EventFields, eventText } from './event.ts'
import { describeNode, nodeState } from './node.ts'
import { changedPaths } from './paths.ts'
import { describePod, podState } from './pod.ts'
import { valueChange } from './values.ts'
import { daemonState, describeJob, describeWorkload, jobState, workloadState } from './workload.ts'

/** What a write changed about an object. */
export interface ObjectChange {
  /** What changed, in words; never empty. */
  readonly words: readonly string[]
  /** Which fields an update changed. */
  readonly paths: readonly string[]
}

/** Describes what a write changed about an object, from its values before and after alone. */
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

/** Describes the state of an object in words; empty for kinds without one. */
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
  Event: (_: unknown, event: EventFields) => [eventText(event)],
  Service: (before: ServiceFields | undefined, after: ServiceFields) => [
    ...valueChange('type', before?.spec?.type, after.spec?.type),
    ...valueChange('cluster IP', before?.spec?.clusterIP, after.spec?.clusterIP),
  ],
  Lease: (before: LeaseFields | undefined, after: LeaseFields) =>
    before && before.spec?.holderIdentity === after.spec?.holderIdentity
      ? ['renewed']
      : valueChange('holder', before?.spec?.holderIdentity, after.spec?.holderIdentity),
}

interface ServiceFields {
  readonly spec?: { readonly type?: string; readonly clusterIP?: string }
}

interface LeaseFields {
  readonly spec?: { readonly holderIdentity?: string }
}

function deletion(before: KubeObject | undefined, { metadata }: KubeObject): readonly string[] {
  if (!metadata?.deletionTimestamp) return []
  const grace = metadata.deletionGracePeriodSeconds
  const was = before?.metadata
  if (!was?.deletionTimestamp) return [`deletion requested, grace ${grace ?? 0} s`]
  return valueChange('grace seconds', was.deletionGracePeriodSeconds, grace)
}
