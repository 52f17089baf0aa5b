/** Jobs and their pods for the tests of this folder. */
import type { Job, Pod } from '#api'
import type { Stored } from '#machinery'
import {
  nowMs,
  type PodTraits,
  podWith,
  secondsAgo,
  storedObject,
} from '../shared/objects-fixture.ts'
import { indexAnnotation, type Observed, trackingFinalizer } from './observed.ts'
import type { Pass } from './status.ts'

export type Spec = Partial<NonNullable<Job['spec']>>

export function job(spec: Spec = {}, status: Job['status'] = {}): Stored<Job> {
  const restartPolicy = 'Never'
  const template = { spec: { containers: [], restartPolicy } }
  return storedObject('job', {
    spec: { completions: 1, parallelism: 1, backoffLimit: 6, template, ...spec },
    status: { startTime: secondsAgo(60), ...status },
  } as Job)
}

export interface JobPod extends PodTraits {
  readonly index?: number
  /** Seconds since its container ended. */
  readonly ended?: number
  /** Its end has been counted. */
  readonly counted?: boolean
  /** Default 1. */
  readonly exitCode?: number
  /** How often its index has failed before. */
  readonly failures?: number
}

export function pod(name: string, given: JobPod = {}): Stored<Pod> {
  const { index, ended, counted, exitCode = 1, failures, ...traits } = given
  const state = { terminated: { exitCode, finishedAt: secondsAgo(ended ?? 0) } }
  const container = { name: 'main', image: '', imageID: '', ready: false, restartCount: 0, state }
  const { phase = 'Running' } = traits
  return podWith(name, {
    node: 'n',
    ...traits,
    metadata: {
      ...(index === undefined ? {} : { annotations: { ...of(index), ...before(failures) } }),
      ...(counted ? {} : { finalizers: [trackingFinalizer] }),
    },
    ...(ended === undefined ? {} : { status: { phase, containerStatuses: [container] } }),
  })
}

export const failed = (name: string, ended: number, more: JobPod = {}) =>
  pod(name, { phase: 'Failed', ended, ...more })
export const succeeded = (name: string, ended: number, more: JobPod = {}) =>
  pod(name, { phase: 'Succeeded', ended, ...more })

export const seen = (
  spec: Spec,
  pods: readonly Stored<Pod>[],
  status: Job['status'] = {},
): Observed => ({
  job: job(spec, status),
  pods,
})

const of = (index: number) => ({ [indexAnnotation]: String(index) })
const before = (failures: number | undefined) =>
  failures === undefined ? {} : { 'batch.kubernetes.io/job-index-failure-count': `${failures}` }

/** A look at a Job that has found nothing to do. */
export const quiet: Pass = {
  end: undefined,
  active: 0,
  ready: 0,
  terminating: 0,
  isManaged: true,
  nowMs,
}
