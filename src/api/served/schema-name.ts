import { kinds } from './kinds.ts'
import { apiSchema } from './schema.ts'

const metaPackage = 'io.k8s.apimachinery.pkg.apis.meta.v1'

/** Where the types of a group version are. Bodies of webhooks are of no served resource. */
const packages: ReadonlyMap<string, string> = new Map([
  ['meta.k8s.io/v1', metaPackage],
  ['meta.k8s.io/v1beta1', 'io.k8s.apimachinery.pkg.apis.meta.v1beta1'],
  ['admission.k8s.io/v1', 'io.k8s.api.admission.v1'],
  ['admission.k8s.io/v1beta1', 'io.k8s.api.admission.v1beta1'],
  ...kinds.map(
    ({ group, version, schemaName }) =>
      [
        group === '' ? version : `${group}/${version}`,
        schemaName.slice(0, schemaName.lastIndexOf('.')),
      ] as const,
  ),
])

/**
 * The name of the schema's type of what an object says it is: kinds, their lists, and what every
 * group version has, such as `DeleteOptions`. Undefined for custom resources and unknown kinds.
 */
export function schemaNameOf(typeMeta: {
  readonly apiVersion: string
  readonly kind: string
}): string | undefined {
  const package_ = packages.get(typeMeta.apiVersion)
  if (package_ === undefined) return undefined
  return [package_, metaPackage]
    .map((candidate) => `${candidate}.${typeMeta.kind}`)
    .find((name) => apiSchema.type(name)?.hasTypeMeta)
}
