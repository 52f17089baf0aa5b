import { deepEqual, goQuote, type Stored } from '#machinery'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  rangeMessage,
} from '#machinery/validation'
import type { Container, Pod, PodSpec, Toleration } from '../../../../generated/types/index.ts'
import { change } from '../../../../shared/change.ts'
import { eachItem, ensure, requireValue } from '../../../../shared/checks.ts'
import { validateLivePod } from './pod.ts'
import { specDiff } from './spec-diff.ts'

const specPath = fieldPath('spec')
const maxInt32 = 2 ** 31 - 1
const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
]

/** A change of a pod: almost all of its spec is fixed once it is made (upstream: ValidatePodUpdate). */
export function validatePodUpdate(pod: Pod, old: Stored<Pod>): FieldErrors {
  const [spec, oldSpec] = [specOf(pod), specOf(old)]
  const errors = [
    ...validateLivePod(pod),
    ...validateImages(spec.containers, oldSpec.containers, specPath.child('containers')),
    ...validateImages(
      spec.initContainers ?? [],
      oldSpec.initContainers ?? [],
      specPath.child('initContainers'),
    ),
  ]
  const isReshaped =
    spec.containers.length !== oldSpec.containers.length ||
    (spec.initContainers ?? []).length !== (oldSpec.initContainers ?? []).length
  if (isReshaped) return errors
  return [
    ...errors,
    ...validateDeadlineUpdate(spec, oldSpec),
    ...validateTolerationUpdate(spec.tolerations, oldSpec.tolerations),
    ...validateGateUpdate(spec, oldSpec),
    ...validateRest(spec, oldSpec),
  ]
}

/** Ephemeral containers are only ever added (upstream: ValidatePodEphemeralContainersUpdate). */
export function validateEphemeralUpdate(pod: Pod, old: Stored<Pod>): FieldErrors {
  const path = specPath.child('ephemeralContainers')
  const next = new Map((pod.spec?.ephemeralContainers ?? []).map((each) => [each.name, each]))
  if (isStatic(old)) {
    return [forbiddenField(fieldPath(''), 'static pods do not support ephemeral containers')]
  }
  return [
    ...validateLivePod(pod),
    ...(old.spec?.ephemeralContainers ?? []).flatMap((container) => {
      const found = next.get(container.name)
      const what = `existing ephemeral containers ${goQuote(container.name)} may not be`
      if (!found) return [forbiddenField(path, `${what} removed\n`)]
      if (deepEqual(found, container)) return []
      const diff = specDiff(container, found, 'core.EphemeralContainer')
      return [forbiddenField(path, `${what} changed\n${diff}`)]
    }),
  ]
}

/** Whether the kubelet made the pod from a file of its node. */
export function isStatic({ metadata }: Pod): boolean {
  return metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined
}

function specOf({ spec }: Pod): PodSpec {
  return spec ?? { containers: [] }
}

function validateImages(
  containers: readonly Container[],
  old: readonly Container[],
  path: FieldPath,
): FieldErrors {
  if (containers.length !== old.length) {
    return [forbiddenField(path, 'pod updates may not add or remove containers')]
  }
  return eachItem(containers, path, ({ image }, at) => requireValue(image, at.child('image')))
}

function validateDeadlineUpdate(spec: PodSpec, old: PodSpec): FieldErrors {
  const path = specPath.child('activeDeadlineSeconds')
  const [next, last] = [spec.activeDeadlineSeconds, old.activeDeadlineSeconds]
  if (next === undefined) {
    return ensure(last === undefined, () =>
      invalidField(path, null, 'must not update from a positive integer to nil value'),
    )
  }
  if (next < 0 || next > maxInt32) return [invalidField(path, next, rangeMessage(0, maxInt32))]
  return ensure(last === undefined || next <= last, () =>
    invalidField(path, next, 'must be less than or equal to previous value'),
  )
}

/** Only tolerationSeconds of those that stand may change. */
function validateTolerationUpdate(
  tolerations: readonly Toleration[] = [],
  old: readonly Toleration[] = [],
): FieldErrors {
  const identity = ({ key, operator, value, effect }: Toleration) =>
    JSON.stringify([key ?? '', operator ?? '', value ?? '', effect ?? ''])
  const kept = new Set(tolerations.map(identity))
  const isKept = (toleration: Toleration) => kept.has(identity(toleration))
  return ensure(old.every(isKept), () =>
    forbiddenField(
      specPath.child('tolerations'),
      'existing toleration can not be modified except its tolerationSeconds',
    ),
  )
}

function validateGateUpdate(spec: PodSpec, old: PodSpec): FieldErrors {
  const known = new Set((old.schedulingGates ?? []).map(({ name }) => name))
  return eachItem(spec.schedulingGates, specPath.child('schedulingGates'), ({ name }, at) =>
    ensure(known.has(name), () =>
      forbiddenField(
        at.child('name'),
        `only deletion is allowed, but found new scheduling gate '${name}'`,
      ),
    ),
  )
}

function validateRest(spec: PodSpec, old: PodSpec): FieldErrors {
  const masked = maskUpdatable(spec, old)
  if (deepEqual(masked, old)) return []
  const rule = `pod updates may not change fields other than ${updatable.join(',')}`
  return [forbiddenField(specPath, `${rule}\n${specDiff(old, masked, 'core.PodSpec')}`)]
}

/** The new spec with the old values where a change is allowed. */
function maskUpdatable(spec: PodSpec, old: PodSpec): PodSpec {
  const isGated = Boolean(old.schedulingGates?.length)
  const oldGrace = old.terminationGracePeriodSeconds ?? 0
  const isRepair = spec.terminationGracePeriodSeconds === 1 && oldGrace < 0
  return change(spec, {
    containers: maskImages(spec.containers, old.containers),
    ...(spec.initContainers && {
      initContainers: maskImages(spec.initContainers, old.initContainers ?? []),
    }),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    ...(isRepair && { terminationGracePeriodSeconds: oldGrace }),
    ...(isGated && { schedulingGates: old.schedulingGates }),
    ...(isGated && keepsEntries(spec.nodeSelector, old.nodeSelector)
      ? { nodeSelector: old.nodeSelector }
      : {}),
  })
}

function maskImages(
  containers: readonly Container[],
  old: readonly Container[],
): readonly Container[] {
  return containers.map((container, i) => change(container, { image: old[i]?.image }))
}

type Labels = Readonly<Record<string, string>>

/** A pod that waits at a gate may be narrowed to fewer nodes. */
function keepsEntries(labels: Labels = {}, old: Labels = {}): boolean {
  return Object.entries(old).every(([key, value]) => labels[key] === value)
}
