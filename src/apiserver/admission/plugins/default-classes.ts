import {
  type Ingress,
  ingressClasses,
  ingresses,
  type PersistentVolumeClaim,
  persistentVolumeClaims,
  storageClasses,
} from '#api'
import type { Stored } from '#machinery'
import type { Admission } from '../admission.ts'
import { isAbout, objectAs } from '../attributes.ts'

const betaClass = 'volume.beta.kubernetes.io/storage-class'
const ingressAnnotation = 'kubernetes.io/ingress.class'

/** Upstream's DefaultStorageClass: a claim that names no class, not even the empty one, gets it. */
export const defaultStorageClass: Admission = {
  name: 'DefaultStorageClass',
  handles: (attributes) =>
    attributes.verb === 'create' && isAbout(attributes, persistentVolumeClaims),
  mutate({ object }, { objects }) {
    const claim = objectAs<PersistentVolumeClaim>(object)
    const isNamed =
      claim.spec?.storageClassName !== undefined ||
      claim.metadata?.annotations?.[betaClass] !== undefined
    const found = isNamed
      ? undefined
      : newestDefault(objects.list(storageClasses), 'storageclass.kubernetes.io/is-default-class')
    if (!found) return claim
    const spec = { ...claim.spec, storageClassName: found.metadata.name }
    return { ...claim, spec } as PersistentVolumeClaim
  },
}

/** Upstream's DefaultIngressClass. */
export const defaultIngressClass: Admission = {
  name: 'DefaultIngressClass',
  handles: (attributes) => attributes.verb === 'create' && isAbout(attributes, ingresses),
  mutate({ object }, { objects }) {
    const ingress = objectAs<Ingress>(object)
    const isNamed =
      ingress.spec?.ingressClassName !== undefined ||
      ingress.metadata?.annotations?.[ingressAnnotation] !== undefined
    const found = isNamed
      ? undefined
      : newestDefault(objects.list(ingressClasses), 'ingressclass.kubernetes.io/is-default-class')
    if (!found) return ingress
    return {
      ...ingress,
      spec: { ...ingress.spec, ingressClassName: found.metadata.name },
    } as Ingress
  },
}

/** Of several, the newest; of several as new, the first by name. */
function newestDefault(classes: readonly Stored[], annotation: string): Stored | undefined {
  const [newest] = classes
    .filter(({ metadata }) => metadata.annotations?.[annotation] === 'true')
    .toSorted(
      (a, b) =>
        compare(b.metadata.creationTimestamp, a.metadata.creationTimestamp) ||
        compare(a.metadata.name, b.metadata.name),
    )
  return newest
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
