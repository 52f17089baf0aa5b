import type { KubeObject } from '#machinery'
import { compareQuantities, type Quantity, tryParseQuantity } from '#machinery/quantity'
import type {
  PersistentVolumeClaim,
  ScopedResourceSelectorRequirement,
} from '../../../../generated/types/index.ts'
import { countName, one } from './counts.ts'
import type { QuotaEvaluator } from './evaluator.ts'
import { selectsName } from './scopes.ts'

const resource = { group: '', plural: 'persistentvolumeclaims' }
const claims = 'persistentvolumeclaims'
const storage = 'requests.storage'
const classInfix = '.storageclass.storage.k8s.io/'
const endings = [claims, storage].map((name) => `${classInfix}${name}`)
const nano = 10n ** 9n

/** Counts claims and the storage that they ask for, in all and of each storage class. */
export const claimEvaluator: QuotaEvaluator = {
  resource,
  handles: ({ verb, subresource }) =>
    subresource === ''
      ? verb === 'create' || verb === 'update'
      : subresource === 'status' && verb === 'update',
  matching: (names) => [...names].filter(isClaimName),
  matchesScope: (scope, object) =>
    scope.scopeName === 'VolumeAttributesClass' && matchesClasses(scope, asClaim(object)),
  missing: () => undefined,
  usage: (object) => {
    const claim = asClaim(object)
    const used = new Map([
      [claims, one],
      [countName(resource), one],
    ])
    const ofClass = classOf(claim)
    if (ofClass) used.set(`${ofClass}${classInfix}${claims}`, one)
    const requested = storageOf(claim)
    if (!requested) return used
    used.set(storage, requested)
    if (ofClass) used.set(`${ofClass}${classInfix}${storage}`, requested)
    return used
  },
  // Sizes and classes change with the status, and a claim may ask for less again.
  isRecounted: () => true,
}

function isClaimName(name: string): boolean {
  if (name === claims || name === storage || name === countName(resource)) return true
  return endings.some((ending) => name.endsWith(ending))
}

/** The class that the claim is of; the annotation is older than the field. */
function classOf({ metadata, spec }: PersistentVolumeClaim): string {
  const annotated = metadata?.annotations?.['volume.beta.kubernetes.io/storage-class']
  return annotated ?? spec?.storageClassName ?? ''
}

/** In whole bytes: what is asked for, or what has been allocated already where that is more. */
function storageOf({ spec, status }: PersistentVolumeClaim): Quantity | undefined {
  const asked = tryParseQuantity(spec?.resources?.requests?.storage ?? '')
  if (!asked) return undefined
  const allocated = tryParseQuantity(status?.allocatedResources?.storage ?? '')
  const more = allocated && compareQuantities(allocated, asked) > 0 ? allocated : asked
  const rest = more.nanos % nano
  return rest === 0n ? more : { nanos: more.nanos - rest + nano, format: more.format }
}

function matchesClasses(
  scope: ScopedResourceSelectorRequirement,
  { spec, status }: PersistentVolumeClaim,
): boolean {
  const named = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name) => name)
  if (named.length === 0) return selectsName(scope, undefined)
  return named.some((name) => selectsName(scope, name))
}

function asClaim(object: KubeObject): PersistentVolumeClaim {
  // Cast: the evaluator is asked about objects of its resource alone.
  return object as PersistentVolumeClaim
}
