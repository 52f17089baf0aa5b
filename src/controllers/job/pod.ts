import { type Container, type Job, jobs, type Pod } from '#api'
import type { ObjectMeta, Stored } from '#machinery'
import { podFromTemplate } from '../shared/pods.ts'
import { indexAnnotation, trackingFinalizer } from './observed.ts'

/** A pod of a Job; with an index it knows it by annotation, label, host name and environment. */
export function jobPod(
  job: Stored<Job>,
  index: number | undefined,
): Pod & { readonly metadata: ObjectMeta } {
  const base = podFromTemplate(job, jobs, job.spec?.template)
  const metadata = {
    ...base.metadata,
    finalizers: [...(base.metadata.finalizers ?? []), trackingFinalizer],
  }
  if (index === undefined || !base.spec) return { ...base, metadata }
  const { name } = job.metadata
  const withIndex = (container: Container): Container => ({
    ...container,
    env: [
      ...(container.env ?? []).filter((each) => each.name !== indexVariable.name),
      indexVariable,
    ],
  })
  const { initContainers, containers } = base.spec
  return {
    ...base,
    metadata: {
      ...metadata,
      generateName: `${name}-${index}-`,
      annotations: { ...metadata.annotations, [indexAnnotation]: `${index}` },
      labels: { ...metadata.labels, [indexAnnotation]: `${index}` },
    },
    spec: {
      ...base.spec,
      hostname: base.spec.hostname ?? `${name}-${index}`,
      containers: containers.map(withIndex),
      ...(initContainers ? { initContainers: initContainers.map(withIndex) } : {}),
    },
  }
}

const indexVariable = {
  name: 'JOB_COMPLETION_INDEX',
  valueFrom: { fieldRef: { fieldPath: `metadata.labels['${indexAnnotation}']` } },
}
