import { type Container, type Job, jobs, type Pod } from '#api'
import type { ObjectMeta, Stored } from '#machinery'
import { podFromTemplate } from '../shared/pods.ts'
import { indexAnnotation, isLimitedPerIndex, trackingFinalizer } from './observed.ts'
import { countAnnotations } from './per-index.ts'

/**
 * A pod of a Job; with an index it knows it by annotation, label, host name and environment, and
 * takes the place of an earlier one of this index.
 */
export function jobPod(
  job: Stored<Job>,
  index: number | undefined,
  replaced?: Stored<Pod>,
): Pod & { readonly metadata: ObjectMeta } {
  const base = podFromTemplate(job, jobs, job.spec?.template)
  const metadata = {
    ...base.metadata,
    finalizers: [...new Set([...(base.metadata.finalizers ?? []), trackingFinalizer])],
  }
  if (index === undefined || !base.spec) return { ...base, metadata }
  const { name } = job.metadata
  const withIndex = (container: Container): Container => ({
    ...container,
    // One that the author has given stays.
    env: container.env?.some((each) => each.name === indexVariable.name)
      ? container.env
      : [...(container.env ?? []), indexVariable],
  })
  const { initContainers, containers } = base.spec
  return {
    ...base,
    metadata: {
      ...metadata,
      generateName: `${name}-${index}-`,
      annotations: {
        ...metadata.annotations,
        [indexAnnotation]: `${index}`,
        ...(isLimitedPerIndex(job) ? countAnnotations(job, replaced) : {}),
      },
      labels: { ...metadata.labels, [indexAnnotation]: `${index}` },
    },
    spec: {
      ...base.spec,
      hostname: `${name}-${index}`,
      containers: containers.map(withIndex),
      ...(initContainers ? { initContainers: initContainers.map(withIndex) } : {}),
    },
  }
}

const indexVariable = {
  name: 'JOB_COMPLETION_INDEX',
  valueFrom: { fieldRef: { fieldPath: `metadata.labels['${indexAnnotation}']` } },
}
